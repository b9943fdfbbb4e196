// The twelve packets of docs/protocol.md, from two channels that talk, some of them lost. What the page says under each is read by a second
// reader, written from the page's drawings and nothing else, so that page and code cannot drift apart together.
#include <gtest/gtest.h>

#include "netchannel/reliability/two_channels.hpp"
#include "netchannel/testing/protocol_vectors.hpp"

namespace meridian {
namespace {

using Octets = std::vector<std::uint8_t>;

// Reads the plain bytes by the drawings: plain shifts over an index.
std::string dump_plain(Bytes b) {
  std::string out;
  std::size_t at = 1;
  if ((b[0] & 0x80) == 0) {
    out += fmt::format("  ack ...{} and the 63 before it\n", b[0]);
  } else {
    const unsigned newest = static_cast<unsigned>(b[0] & 0x7F) | static_cast<unsigned>(b[1] & 0x3F) << 7;
    const unsigned bitmap_bytes = 1u << (b[1] >> 6);
    out += fmt::format("  ack {}, missing:", newest);
    bool none = true;
    for (unsigned n = 0; n < bitmap_bytes * 8; ++n) {
      if ((b[2 + n / 8] >> (n % 8) & 1) == 0) continue;
      out += fmt::format(" {}", newest - 1 - n);
      none = false;
    }
    out += none ? " none\n" : "\n";
    at = 2 + bitmap_bytes;
  }
  while (at < b.size()) {
    const std::uint8_t head = b[at++];
    out += fmt::format("  lane {}", head >> 4);
    if ((head & 3) == 2) {
      out += fmt::format("  id {}", b[at] | b[at + 1] << 8);
      at += 2;
    } else if ((head >> 4 >= 2 && head >> 4 <= 5) || head >> 4 == 7) {
      out += "  id +1";
    }
    if ((head & 4) != 0) {
      out += fmt::format("  fragment {} of {}", b[at], b[at + 1]);
      at += 2;
    }
    std::size_t length = b.size() - at;
    if ((head & 8) == 0) {
      length = b[at++];
      if ((length & 0x80) != 0) length = (length & 0x7F) | static_cast<std::size_t>(b[at++]) << 7;
    }
    out += (head & 8) != 0 ? "  last:" : fmt::format("  length {}:", length);
    for (std::size_t i = 0; i < length; ++i) out += fmt::format(" {:02x}", b[at + i]);
    at += length;
    out += "\n";
  }
  EXPECT_EQ(at, b.size());
  return out;
}

class Packet_vectors : public testing::Test {
 protected:
  Packet_vectors() {
    pair.on_wire = [this](Side, Octets& bytes) {
      wire.push_back(bytes);
      return false;
    };
  }
  // The packet that `from` sends now, at its next tick. Shown, and delivered unless lost.
  void tick(Side from, const std::string& what, bool lost = false) {
    wire.clear();
    pair.flush(from, true);
    ASSERT_EQ(wire.size(), 1u) << what;
    show(from, what, wire[0]);
    if (lost) return;
    ASSERT_TRUE(pair.give(from == Side::client ? Side::server : Side::client, wire[0])) << what;
  }
  void show(Side from, const std::string& what, const Octets& packet) {
    const bool up = from == Side::client;
    const std::uint64_t number = ++(up ? up_number : down_number);
    const SessionKeys keys = test_keys();
    Octets copy = packet;
    const auto plain = PacketSeal(keys.suite, up ? keys.up : keys.down).open(copy, up ? 4 : 2, number);
    ASSERT_TRUE(plain) << what;
    ASSERT_EQ(static_cast<unsigned>(packet[0] & 0x1F) << 8 | packet[1], number & 0x1FFF) << what;
    block += fmt::format("{} {}: {} ({} B)\n{}  plain\n{}{}", up ? "up" : "down", number, what, packet.size(), hex_lines(packet),
                         hex_lines(*plain), dump_plain(*plain));
    ++shown;
  }
  // The packets that `from` sends now, not shown; returns how many.
  std::size_t carry(Side from, bool lost) {
    wire.clear();
    pair.flush(from, true);
    const std::vector<Octets> packets = wire;
    for (const Octets& packet : packets) {
      EXPECT_TRUE(lost || pair.give(from == Side::client ? Side::server : Side::client, packet));
    }
    return packets.size();
  }
  static Octets bytes(std::size_t size, std::uint8_t first) {
    Octets out(size);
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(first + i);
    return out;
  }
  TwoChannels pair;
  std::vector<Octets> wire;
  std::uint64_t up_number = 0, down_number = 0;
  std::string block;
  int shown = 0;
};

TEST_F(Packet_vectors, Are_those_of_the_page) {
  const SessionKeys keys = test_keys();
  block = "```\nconnection id 4660\nup key\n" + hex_lines(keys.up.key.bytes) + "up iv\n" + hex_lines(keys.up.iv) + "down key\n" +
          hex_lines(keys.down.key.bytes) + "down iv\n" + hex_lines(keys.down.iv);
  Channel& client = pair.client();
  Channel& server = pair.server();

  tick(Side::client, "the first packet confirms the session: PING");
  server.set_snapshot(1, bytes(6, 0xA0));
  tick(Side::server, "a snapshot, PONG, PING");
  pair.wait_ms(10);
  client.set_input(bytes(5, 0x10));
  tick(Side::client, "an input, PONG held for 10 ms");
  ASSERT_TRUE(client.queue(Lane::action, bytes(4, 0x20)) && client.queue(Lane::action, bytes(3, 0x30)));
  client.set_input(bytes(5, 0x11));
  tick(Side::client, "two actions; this packet is lost", true);
  client.set_input(bytes(5, 0x12));
  tick(Side::client, "they ride again, and arrive");
  ASSERT_TRUE(server.queue(Lane::action, bytes(4, 0x40)) && server.queue(Lane::event, bytes(8, 0x50)) &&
              server.queue(Lane::event, bytes(9, 0x60)));
  server.set_snapshot(2, bytes(6, 0xB0));
  tick(Side::server, "up 3 is missing; a result rides, two events follow by round robin");
  // A chunk of two fragments: the first is left out of the page, it is 1,160 times the same byte.
  ASSERT_TRUE(server.queue(Lane::chunk, Octets(1160, 0xCC)) && client.queue(Lane::system, bytes(11, 0x70)));
  tick(Side::client, "a message of lane 7");
  Octets chunk(1160 + 24, 0xCC);
  ASSERT_TRUE(server.queue(Lane::chunk, chunk));
  wire.clear();
  pair.flush(Side::server, true);
  ASSERT_EQ(wire.size(), 3u);
  down_number += 2;
  show(Side::server, "the second fragment of chunk 1, behind two packets that are not shown", wire[2]);
  ASSERT_TRUE(pair.give(Side::client, wire[2]));
  tick(Side::client, "nothing but an ack with holes");
  // Long after: both numbers have passed 2^13.
  for (std::uint32_t i = 0; i < 8'300; ++i) {
    pair.wait_ms(50);
    server.set_snapshot(10 + i, bytes(6, 0));
    down_number += carry(Side::server, i >= 8'290 && i < 8'299);
    client.set_input(bytes(5, 0));
    if (i < 8'290) up_number += carry(Side::client, false);
  }
  client.set_input(bytes(5, 0x13));
  tick(Side::client, "a number past 2^13; nine packets are missing");
  server.set_snapshot(9'000, bytes(6, 0xC0));
  tick(Side::server, "everything has come: the short ack again");
  client.close(Reason::bye, pair.now());
  tick(Side::client, "CLOSE");
  EXPECT_EQ(server.ended(), Reason::bye);

  EXPECT_EQ(shown, 12);
  expect_vectors("packets", block + "```\n");
}

}  // namespace
}  // namespace meridian
