#include "regional_node/storage/state_folder.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace meridian {
namespace {

class State_folder : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "state_folder_XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    base_ = pattern;
    path_ = base_ + "/a/b";
  }
  void TearDown() override { std::filesystem::remove_all(base_); }
  std::string base_, path_;
};

TEST_F(State_folder, Is_made_for_its_owner_alone_and_counts_its_starts) {
  for (std::uint32_t start = 1; start <= 3; ++start) {
    const auto folder = StateFolder::open(path_);
    ASSERT_TRUE(folder) << folder.error().text();
    EXPECT_EQ(folder->incarnation(), start);
  }
  struct stat info{};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
}

TEST_F(State_folder, Admits_one_process_and_says_who_it_is) {
  {
    const auto first = StateFolder::open(path_);
    ASSERT_TRUE(first);
    const auto second = StateFolder::open(path_);
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().why.find(fmt::format("pid {}", ::getpid())), std::string::npos) << second.error().text();
    EXPECT_TRUE(std::filesystem::exists(path_ + "/node.pid"));
  }
  EXPECT_FALSE(std::filesystem::exists(path_ + "/node.pid"));
  const auto third = StateFolder::open(path_);
  ASSERT_TRUE(third);
  EXPECT_EQ(third->incarnation(), 2u) << "a start that was refused does not count";
}

TEST_F(State_folder, Does_not_guess_a_spoilt_incarnation) {
  for (const char* spoilt : {"", "x", "12x", "99999999999"}) {
    ASSERT_TRUE(StateFolder::open(path_));
    std::ofstream(path_ + "/incarnation", std::ios::trunc) << spoilt << "\n";
    const auto folder = StateFolder::open(path_);
    ASSERT_FALSE(folder) << spoilt;
    EXPECT_NE(folder.error().text().find("incarnation"), std::string::npos);
    std::filesystem::remove(path_ + "/incarnation");
  }
}

TEST_F(State_folder, Says_when_the_path_cannot_be_a_folder) {
  std::ofstream(base_ + "/file") << "x";
  const auto folder = StateFolder::open(base_ + "/file/state");
  ASSERT_FALSE(folder);
  EXPECT_NE(folder.error().what_to_do.find("--state"), std::string::npos);
}

}  // namespace
}  // namespace meridian
