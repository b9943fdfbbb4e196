#include "netchannel/connection/event_queue.hpp"

#include <gtest/gtest.h>
#include <string>

namespace meridian {
namespace {

SessionEvent message(Lane lane, const std::string& bytes) {
  SessionEvent event;
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

TEST(Event_queue, At_the_bound_the_oldest_inputs_go_and_nothing_else) {
  EventQueue queue(1);
  EXPECT_TRUE(queue.add_message(message(Lane::action, "first")));
  for (int i = 0; i < 5'000; ++i) EXPECT_TRUE(queue.add_message(message(Lane::input, "input " + std::to_string(i))));
  SessionEvent closed;
  closed.kind = SessionEvent::Kind::closed;
  queue.add(closed);
  EXPECT_GT(queue.inputs_dropped(), 0u);
  const auto all = queue.all();
  EXPECT_EQ(all.size(), 5'002 - queue.inputs_dropped());
  EXPECT_EQ(text(all[0]), "first");
  for (std::size_t i = 1; i + 1 < all.size(); ++i) EXPECT_EQ(text(all[i]), "input " + std::to_string(i - 1 + queue.inputs_dropped()));
  EXPECT_EQ(all.back().kind, SessionEvent::Kind::closed);
}

TEST(Event_queue, Says_so_when_a_reliable_message_has_no_room) {
  EventQueue queue(1);
  const std::string large(4'000, 'x');
  int taken = 0;
  while (queue.add_message(message(Lane::action, large))) ++taken;
  EXPECT_GE(taken, 16);
  EXPECT_TRUE(queue.add_message(message(Lane::input, large))) << "an input is dropped instead";
  EXPECT_EQ(queue.inputs_dropped(), 1u);
  queue.clear();
  EXPECT_TRUE(queue.add_message(message(Lane::action, large)));
}

}  // namespace
}  // namespace meridian
