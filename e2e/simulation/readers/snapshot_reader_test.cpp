#include "e2e/simulation/readers/snapshot_reader.hpp"

#include <gtest/gtest.h>
#include <map>

#include "e2e/simulation/readers/vectors_page.hpp"

namespace meridian::sim {
namespace {

void expect_head(const Vector& vector, const ReadSnapshot& read) {
  const std::string& head = vector.fields.front();
  EXPECT_EQ(read.tick_low, field_of(head, "tick"));
  EXPECT_EQ(read.own_match ? 1 : 0, field_of(head, "own_match"));
  EXPECT_EQ(read.own.has_value() ? 1 : 0, field_of(head, "own_full"));
  EXPECT_EQ(read.input_age, field_of(head, "input age"));
  EXPECT_EQ(read.cause_age, field_of(head, "cause age"));
  EXPECT_EQ(read.margin, field_of(head, "margin"));
  if (!read.own) return;
  const std::string& own = vector.fields[1];
  EXPECT_EQ(read.own->x, field_of(own, "x"));
  EXPECT_EQ(read.own->y, field_of(own, "y"));
  EXPECT_EQ(read.own->layer, field_of(own, "layer"));
  EXPECT_EQ(read.own->heading, field_of(own, "heading"));
  EXPECT_EQ(read.own->speed, field_of(own, "speed"));
  EXPECT_EQ(read.own->push, field_of(own, "push ticks"));
  EXPECT_EQ(read.own->cooldown, field_of(own, "cooldown ticks"));
}

TEST(Snapshot_reader, Reads_the_page_s_six_as_the_page_says) {
  const std::vector<Vector> vectors = vectors_of_page("snapshots");
  ASSERT_EQ(vectors.size(), 6u);
  SnapshotReader reader;
  std::map<std::int64_t, std::int64_t> ids, kinds, looks;  // by slot: what a plain record does not say was said before
  std::size_t records = 0;
  for (const Vector& vector : vectors) {
    SCOPED_TRACE(vector.title);
    const auto read = reader.read(vector.bytes);
    ASSERT_TRUE(read) << reader.why();
    expect_head(vector, *read);
    std::size_t at = 0;
    for (const std::string& line : vector.fields) {
      if (line.find("generation") == std::string::npos) continue;
      ASSERT_LT(at, read->records.size());
      const ReadRecord& record = read->records[at++];
      const std::int64_t slot = field_of(line, "slot");
      ids[slot] = field_of(line, "id", ids[slot]);
      kinds[slot] = field_of(line, "kind", kinds[slot]);
      looks[slot] = field_of(line, "appearance", looks[slot]);
      EXPECT_EQ(record.id, static_cast<std::uint64_t>(ids[slot]));
      EXPECT_EQ(record.kind, kinds[slot]);
      EXPECT_EQ(record.appearance, looks[slot]);
      EXPECT_EQ(record.x, field_of(line, "x"));
      EXPECT_EQ(record.y, field_of(line, "y"));
      EXPECT_EQ(record.heading, field_of(line, "heading"));
      EXPECT_EQ(record.speed, field_of(line, "speed"));
    }
    EXPECT_EQ(at, read->records.size());
    records += at;
  }
  EXPECT_EQ(records, 10u);
}

TEST(Snapshot_reader, Refuses_a_plain_record_of_somebody_it_was_never_told) {
  const std::vector<Vector> vectors = vectors_of_page("snapshots");
  ASSERT_EQ(vectors.size(), 6u);
  SnapshotReader reader;
  EXPECT_FALSE(reader.read(vectors[3].bytes));
  EXPECT_EQ(reader.why(), "a plain record of nobody");
}

TEST(Snapshot_reader, Refuses_what_is_cut_short_but_where_a_whole_head_ends) {
  const std::vector<Vector> vectors = vectors_of_page("snapshots");
  ASSERT_EQ(vectors.size(), 6u);
  constexpr std::size_t kHead = 6;  // 44 bits and no leaves: a snapshot of nobody
  for (std::size_t size = 0; size < vectors[1].bytes.size(); ++size) {
    SnapshotReader reader;
    EXPECT_EQ(reader.read(std::span(vectors[1].bytes).first(size)).has_value(), size == kHead) << size;
  }
}

}  // namespace
}  // namespace meridian::sim
