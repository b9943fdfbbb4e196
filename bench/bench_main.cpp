// meridian-bench                               lists the benchmarks
// meridian-bench NAME [--quick] [--json FILE]  runs one: a table for people, one JSON object a line appended to FILE
// Exit code: 0, also for slow figures; 1 when the compared results differ or the file cannot be written; the parser's for wrong usage.
#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <memory>
#include <vector>

#include "bench/benches.hpp"

namespace {

struct Entry {
  const char* name;
  const char* what;
  void (*run)(meridian::Bench&);
};
const std::vector<Entry> kBenches = {
    {"node", "a whole player-tick, sockets to sockets, beside the bare loop of the same packets; bytes; allocations", meridian::node},
    {"snapshot", "encode ns and bytes an entity, 9 to 64 in view, beside 6 B records copied", meridian::snapshot},
    {"spatial", "update of the grid and the 36 nearest of everybody, beside brute force", meridian::spatial},
    {"transport", "server CPU and bytes over payload a small message, beside a bare recvmmsg/sendmmsg loop", meridian::transport},
};

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

int run(const Entry& entry, bool quick, const std::string& json_path) {
  std::unique_ptr<std::FILE, CloseFile> json;
  if (!json_path.empty()) {
    json.reset(std::fopen(json_path.c_str(), "a"));
    if (!json) {
      fmt::print(stderr, "cannot append to {}: {}\n", json_path, std::strerror(errno));
      return 1;
    }
  }
  meridian::Bench bench(entry.name, quick, json.get());
  entry.run(bench);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Meridian's benchmarks. Without a name: the list of them.");
  std::string name, json_path;
  bool quick = false;
  app.add_option("name", name, "the benchmark to run");
  app.add_flag("--quick", quick, "fewer and smaller rounds: does it run, not how fast");
  app.add_option("--json", json_path, "append one JSON object a figure to this file");
  CLI11_PARSE(app, argc, argv);

  for (const Entry& entry : kBenches) {
    if (name == entry.name) return run(entry, quick, json_path);
    if (name.empty()) fmt::print("{:<10} {}\n", entry.name, entry.what);
  }
  if (name.empty()) return 0;
  fmt::print(stderr, "no benchmark is called '{}': without a name, meridian-bench lists them\n", name);
  return 2;
}
