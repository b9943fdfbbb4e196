#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <vector>

#include "netchannel/transport/transport.hpp"

namespace meridian {
namespace {

// The least transport that keeps the seam's promises: what one side sends, the other receives, in batches of at most 64.
class Pipe final : public Transport {
 public:
  Pipe* other = nullptr;
  std::vector<std::vector<std::uint8_t>> waiting, reading;
  std::vector<Datagram> batch;
  std::span<const Datagram> receive() override {
    reading.clear();
    batch.clear();
    const std::size_t take = std::min<std::size_t>(64, waiting.size());
    std::move(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(take), std::back_inserter(reading));
    waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(take));
    for (auto& bytes : reading) batch.push_back({Address{}, bytes});
    return batch;
  }
  void send(const DatagramBatch& out) override {
    for (std::size_t i = 0; i < out.size(); ++i) other->waiting.emplace_back(out.bytes(i).begin(), out.bytes(i).end());
  }
};

TEST(Transport, Carries_a_batch_whole_and_in_pieces_of_64) {
  Pipe a, b;
  a.other = &b;
  DatagramBatch batch;
  for (int i = 0; i < 100; ++i) {
    const std::array<std::uint8_t, 2> bytes{static_cast<std::uint8_t>(i), 7};
    batch.add(Address{{}, 1}, bytes);
  }
  a.send(batch);
  int next = 0;
  for (const std::size_t expected : {64u, 36u, 0u}) {
    const auto got = b.receive();
    ASSERT_EQ(got.size(), expected);
    for (const Datagram& datagram : got) EXPECT_EQ(datagram.bytes[0], next++);
  }
}

TEST(DatagramBatch, Keeps_what_was_committed_and_forgets_a_reservation) {
  DatagramBatch batch;
  batch.reserve(1200)[0] = 9;
  EXPECT_TRUE(batch.empty());
  const MutableBytes room = batch.reserve(1200);
  room[0] = 1, room[1] = 2;
  batch.commit(Address{{}, 5}, 2);
  batch.add(Address{{}, 6}, std::array<std::uint8_t, 1>{3});
  ASSERT_EQ(batch.size(), 2u);
  EXPECT_EQ(batch.bytes(0).size(), 2u);
  EXPECT_EQ(batch.bytes(0)[1], 2);
  EXPECT_EQ(batch.to(1).port, 6);
  EXPECT_EQ(batch.bytes(1)[0], 3);
  batch.clear();
  EXPECT_TRUE(batch.empty());
}

}  // namespace
}  // namespace meridian
