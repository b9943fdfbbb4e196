#include "regional_node/gate/dev_gate.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace meridian {
namespace {

class Dev_gate : public testing::Test {
 protected:
  void SetUp() override {
    start_crypto();
    std::string pattern = (std::filesystem::temp_directory_path() / "dev_gate_XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    dir_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }
  std::string path() const { return dir_ + "/dev_gate.key"; }

  std::string dir_;
  SeededChance chance_{7};
};

TEST_F(Dev_gate, Makes_a_key_only_its_owner_may_read_and_finds_it_again) {
  const auto made = load_or_create_dev_key(dir_, chance_);
  ASSERT_TRUE(made) << made.error().text();
  struct stat info{};
  ASSERT_EQ(::stat(path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  const auto again = load_or_create_dev_key(dir_, chance_);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->bytes, made->bytes);
}

TEST_F(Dev_gate, Refuses_a_key_that_others_may_read) {
  ASSERT_TRUE(load_or_create_dev_key(dir_, chance_));
  ASSERT_EQ(::chmod(path().c_str(), 0640), 0);
  const auto refused = load_or_create_dev_key(dir_, chance_);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().why.find("mode 0640"), std::string::npos) << refused.error().text();
}

TEST_F(Dev_gate, Refuses_a_key_file_with_anything_else_in_it) {
  for (const std::string& content :
       {std::string(), std::string(64, 'a'), std::string(64, 'g') + "\n", std::string(64, 'a') + "\n\n", std::string(5000, 'a')}) {
    std::ofstream(path(), std::ios::trunc) << content;
    ASSERT_EQ(::chmod(path().c_str(), 0600), 0);
    EXPECT_FALSE(load_dev_key(dir_)) << content.size() << " bytes";
  }
}

TEST_F(Dev_gate, Says_what_to_do_when_there_is_no_key) {
  const auto refused = mint_dev_ticket(dir_, {NodeId{1}, "[::]:7777", "ann", 1000}, chance_);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what_to_do.find("./dev up"), std::string::npos);
}

TEST_F(Dev_gate, Mints_a_ticket_that_the_named_node_opens) {
  const auto master = load_or_create_dev_key(dir_, chance_);
  ASSERT_TRUE(master);
  const auto ticket = mint_dev_ticket(dir_, {NodeId{3}, "[::]:7777", "ann", 1'700'000'000'000}, chance_);
  ASSERT_TRUE(ticket) << ticket.error().text();
  EXPECT_EQ(ticket->udp, "127.0.0.1:7777");
  EXPECT_EQ(ticket->expires_ms, 1'700'000'030'000u);
  const auto token = open_token(ticket->token, node_key(*master, NodeId{3}));
  ASSERT_TRUE(token);
  EXPECT_EQ(token->character, dev_account("ann"));
  EXPECT_EQ(token->account, token->character);
  EXPECT_EQ(token->epoch, 1'700'000'000'000u);
  EXPECT_EQ(token->secret.bytes, ticket->secret.bytes);
  EXPECT_FALSE(open_token(ticket->token, node_key(*master, NodeId{4}))) << "another node's key must not open it";
}

TEST_F(Dev_gate, Refuses_names_of_no_or_too_many_bytes) {
  ASSERT_TRUE(load_or_create_dev_key(dir_, chance_));
  EXPECT_FALSE(mint_dev_ticket(dir_, {NodeId{1}, "[::]:7777", "", 1000}, chance_));
  EXPECT_FALSE(mint_dev_ticket(dir_, {NodeId{1}, "[::]:7777", std::string(65, 'x'), 1000}, chance_));
  EXPECT_TRUE(mint_dev_ticket(dir_, {NodeId{1}, "[::]:7777", std::string(64, 'x'), 1000}, chance_));
}

TEST(Reachable_address, Turns_all_interfaces_into_the_loopback_and_keeps_the_rest) {
  EXPECT_EQ(reachable_address("0.0.0.0:7777"), "127.0.0.1:7777");
  EXPECT_EQ(reachable_address("[::]:9"), "127.0.0.1:9");
  EXPECT_EQ(reachable_address("[::1]:7777"), "[::1]:7777");
  EXPECT_EQ(reachable_address("127.0.0.5:7777"), "127.0.0.5:7777");
}

}  // namespace
}  // namespace meridian
