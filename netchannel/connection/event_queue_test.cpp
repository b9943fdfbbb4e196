#include "netchannel/connection/event_queue.hpp"

#include <gtest/gtest.h>
#include <string>

namespace meridian {
namespace {

SessionEvent message(Lane lane, const std::string& bytes, std::uint32_t slot = 0) {
  SessionEvent event;
  event.session = SessionId{0x30000 + slot};
  event.kind = SessionEvent::Kind::message;
  event.lane = lane;
  event.bytes = Bytes(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  return event;
}

std::string text(const SessionEvent& event) { return {event.bytes.begin(), event.bytes.end()}; }

TEST(Event_queue, Keeps_order_and_bytes_until_it_is_cleared) {
  EventQueue queue(1);
  {
    const std::string gone = "hello";
    EXPECT_TRUE(queue.add_message(message(Lane::action, gone)));
  }
  SessionEvent opened;
  queue.add(opened);
  EXPECT_TRUE(queue.add_message(message(Lane::input, "")));
  ASSERT_EQ(queue.all().size(), 3u);
  EXPECT_EQ(text(queue.all()[0]), "hello");
  EXPECT_EQ(queue.all()[1].kind, SessionEvent::Kind::opened);
  queue.clear();
  EXPECT_TRUE(queue.all().empty());
}

TEST(Event_queue, Takes_256_messages_of_a_session_and_not_one_more_until_it_is_cleared) {
  EventQueue queue(2);
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 256; ++i) ASSERT_TRUE(queue.add_message(message(i % 2 == 0 ? Lane::input : Lane::action, "")));
    EXPECT_FALSE(queue.add_message(message(Lane::input, "")));
    EXPECT_FALSE(queue.add_message(message(Lane::action, "")));
    EXPECT_TRUE(queue.add_message(message(Lane::action, "", 1)));
    EXPECT_EQ(queue.all().size(), 257u);
    queue.clear();
  }
  EXPECT_EQ(queue.inputs_dropped(), 0u);
}

TEST(Event_queue, When_some_have_filled_the_common_room_the_share_of_each_other_one_is_still_there) {
  constexpr std::uint32_t kSlots = 100;
  struct Row {
    const char* of;
    std::size_t size, fit;  // how many of this size a share holds
  };
  for (const Row& row : {Row{"messages", 0, 32}, Row{"bytes", 256, 8}}) {
    EventQueue queue(kSlots);
    const std::string bytes(row.size, 'x');
    for (std::uint32_t slot = 0; slot + 1 < kSlots; ++slot) {
      while (queue.add_message(message(Lane::action, bytes, slot))) {
      }
    }
    const std::size_t before = queue.all().size();
    for (std::size_t i = 0; i < row.fit; ++i) ASSERT_TRUE(queue.add_message(message(Lane::input, bytes, kSlots - 1))) << row.of;
    EXPECT_EQ(queue.all().size(), before + row.fit) << row.of;
    EXPECT_EQ(queue.inputs_dropped(), 0u) << row.of;

    EXPECT_TRUE(queue.add_message(message(Lane::input, bytes, kSlots - 1))) << row.of;
    EXPECT_EQ(queue.inputs_dropped(), 1u) << row.of << ": beyond its share an input is dropped";
    EXPECT_FALSE(queue.add_message(message(Lane::action, bytes, kSlots - 1))) << row.of << ": and a reliable message never is";
    EXPECT_EQ(queue.all().size(), before + row.fit) << row.of;
  }
}

}  // namespace
}  // namespace meridian
