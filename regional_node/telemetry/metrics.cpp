#include "regional_node/telemetry/metrics.hpp"

#include <cstring>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include "netchannel/wire/reason.hpp"

namespace meridian {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

class Families {
 public:
  // Starts a family; values follow.
  void family(const char* name, const char* help, MetricType type) { all_.push_back({name, help, type, {}}); }
  void value(double value, Labels labels = {}) {
    ClientMetric metric;
    metric.label = std::move(labels);
    if (all_.back().type == MetricType::Counter)
      metric.counter.value = value;
    else
      metric.gauge.value = value;
    all_.back().metric.push_back(std::move(metric));
  }
  void counter(const char* name, const char* help, std::uint64_t count) {
    family(name, help, MetricType::Counter);
    value(static_cast<double>(count));
  }
  void gauge(const char* name, const char* help, double v) {
    family(name, help, MetricType::Gauge);
    value(v);
  }
  // One family by one label.
  void counters(const char* name, const char* help, const char* label,
                std::initializer_list<std::pair<const char*, std::uint64_t>> counts) {
    family(name, help, MetricType::Counter);
    for (const auto& [of, count] : counts) value(static_cast<double>(count), {{label, of}});
  }
  void histogram(const char* name, const char* help, const TickHistogram& h) {
    family(name, help, MetricType::Histogram);
    ClientMetric metric;
    metric.histogram.sample_count = h.count;
    metric.histogram.sample_sum = static_cast<double>(h.sum_us) / 1e6;
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < kTickBuckets_us.size(); ++i) {
      below += h.counts[i];
      metric.histogram.bucket.push_back({below, kTickBuckets_us[i] / 1e6});
    }
    all_.back().metric.push_back(std::move(metric));
  }
  std::string text() const { return prometheus::TextSerializer().Serialize(all_); }

 private:
  std::vector<MetricFamily> all_;
};

void add_tick(Families& f, const NodeIdentity& identity, const NodeStatus& s) {
  f.family("meridian_node_info", "Which node this is; always 1.", MetricType::Gauge);
  f.value(
      1,
      {{"region", identity.region}, {"node", std::to_string(identity.node.value)}, {"incarnation", std::to_string(identity.incarnation)}});
  f.gauge("meridian_uptime_seconds", "Since the process started.", static_cast<double>(s.uptime_ms) / 1000);
  f.histogram("meridian_tick_seconds", "Work of a tick: step and send.", s.ticks);
  f.counter("meridian_ticks_total", "Ticks run.", s.core.ticks);
  f.counter("meridian_tick_overruns_total", "Ticks that began later than the next one was due.", s.overruns);
  f.counter("meridian_tick_schedule_moved_total", "Stalls of more than a second: ticks went on from then, none was caught up.", s.moved);
  f.gauge("meridian_players", "Players with a session.", s.core.players);
  f.gauge("meridian_link_dead", "Bodies that wait for their player.", s.core.link_dead);
  f.gauge("meridian_entities", "Entities in the world.", s.core.entities);
  f.gauge("meridian_chunks", "Chunks held.", s.core.chunks);
  f.counters("meridian_changes_total", "Rows of the change log.", "kind",
             {{"block", s.core.changes_blocks}, {"motion", s.core.changes_motion}});
  f.counters("meridian_actions_total", "Blocks placed and broken, asked for by players.", "result",
             {{"done", s.core.actions_done}, {"refused", s.core.actions_refused}});
  f.counters("meridian_pushes_total", "Push buttons pressed.", "result", {{"done", s.core.pushes}, {"refused", s.core.pushes_refused}});
  f.counters("meridian_entered_total", "Players who came and went.", "dir", {{"in", s.core.entered}, {"out", s.core.left}});
}

void add_play(Families& f, const NodeCounters& c) {
  f.counters("meridian_net_inputs_total", "Inputs heard, one a tick and player.", "result",
             {{"fresh", c.inputs}, {"refused", c.inputs_refused}, {"malformed", c.inputs_malformed}});
  f.counter("meridian_net_input_late_total", "Inputs that came after their tick.", c.inputs_late);
  f.counter("meridian_net_input_substituted_total", "Ticks that ran with a made-up input.", c.inputs_substituted);
  f.counter("meridian_net_messages_malformed_total", "Messages of players that made no sense.", c.messages_malformed);
  f.counters("meridian_net_own_total", "What snapshots said of the viewer's own body.", "kind",
             {{"match", c.own_match}, {"full", c.own_full}});
  f.counters("meridian_net_snapshots_total", "Snapshots built, or not for want of room.", "result",
             {{"built", c.snapshots}, {"skipped", c.snapshots_skipped}});
  f.counter("meridian_net_snapshot_bytes_total", "Bytes of all snapshots.", c.snapshot_bytes);
  f.counter("meridian_net_snapshot_records_total", "Entities offered to all snapshots.", c.snapshot_records);
  f.counter("meridian_net_chunks_total", "Full chunks sent.", c.chunks_sent);
  f.counter("meridian_net_chunk_bytes_total", "Bytes of full chunks.", c.chunk_bytes);
  f.counter("meridian_net_deltas_total", "Block deltas sent.", c.deltas_sent);
  f.counters("meridian_net_resyncs_total", "Chunks that clients asked for again.", "result",
             {{"sent", c.chunks_asked_again}, {"refused", c.chunks_asks_refused}});
  f.counters("meridian_net_dropped_total", "What a full queue turned away.", "lane", {{"event", c.queue_full}});
}

void add_sessions(Families& f, const ConnectionsCounters& c) {
  f.family("meridian_net_sessions", "Sessions by state.", MetricType::Gauge);
  f.value(c.up, {{"state", "up"}});
  f.value(c.half, {{"state", "half"}});
  f.value(c.closing, {{"state", "closing"}});
  f.family("meridian_net_handshakes_total", "Answers to CONNECT.", MetricType::Counter);
  f.value(static_cast<double>(c.welcome), {{"result", "welcome"}});
  for (std::size_t i = 1; i < std::size(c.refused); ++i)
    f.value(static_cast<double>(c.refused[i]), {{"result", std::string(name(static_cast<Reason>(i)))}});
  f.counters("meridian_net_probes_total", "HELLO and what it was answered.", "kind",
             {{"hello", c.hello},
              {"challenge", c.challenge},
              {"connect", c.connect},
              {"welcome_again", c.welcome_again},
              {"lost_hint", c.lost_hint}});
  f.family("meridian_net_closed_total", "Sessions ended, by reason.", MetricType::Counter);
  for (std::size_t i = 0; i < std::size(c.closed); ++i)
    if (c.closed[i] != 0) f.value(static_cast<double>(c.closed[i]), {{"reason", std::string(name(static_cast<Reason>(i)))}});
  f.gauge("meridian_net_used_tokens", "Tokens remembered as used until they expire.", c.used_tokens);
}

void add_packets(Families& f, const ConnectionsCounters& c) {
  f.counters("meridian_net_packets_total", "Sealed packets.", "dir", {{"in", c.packets_in}, {"out", c.packets_out}});
  f.counters("meridian_net_bytes_total", "Bytes of datagrams.", "dir", {{"in", c.bytes_in}, {"out", c.bytes_out}});
  f.counters("meridian_net_rejected_total", "Datagrams refused.", "reason",
             {{"tag", c.rejected_tag},
              {"replay", c.rejected_replay},
              {"malformed", c.rejected_malformed},
              {"cid", c.rejected_cid},
              {"address", c.rejected_address},
              {"rate", c.rejected_rate}});
  f.counter("meridian_net_resends_total", "Messages sent again.", c.resends);
  f.counter("meridian_net_lost_total", "Packets held for lost.", c.lost);
  f.counter("meridian_net_spurious_total", "Packets held for lost and acked after all.", c.spurious);
  f.counter("meridian_net_pto_total", "Probe timeouts.", c.pto);
  f.gauge("meridian_net_queue_bytes", "Reliable bytes not yet acked, of all sessions.", c.queued_reliable_bytes);
  f.gauge("meridian_net_reassembly_bytes", "Fragments waiting for their rest.", c.reassembly_bytes);
}

void add_errors(Families& f, const char* name, const char* help, const std::uint64_t (&counts)[kErrnoCount]) {
  f.family(name, help, MetricType::Counter);
  for (std::size_t i = 0; i < kErrnoCount; ++i) {
    if (counts[i] == 0) continue;
    const char* error = i == 0 ? "other" : strerrorname_np(static_cast<int>(i));
    f.value(static_cast<double>(counts[i]), {{"errno", error ? error : std::to_string(i)}});
  }
}

void add_socket(Families& f, const UdpCounters& c) {
  f.counters("meridian_net_datagrams_total", "Datagrams through the socket.", "dir", {{"in", c.datagrams_in}, {"out", c.datagrams_out}});
  f.counters("meridian_net_socket_calls_total", "recvmmsg and sendmmsg calls that moved something.", "dir",
             {{"in", c.receive_calls}, {"out", c.send_calls}});
  f.counter("meridian_net_rxq_overflow_total", "Datagrams the kernel dropped: our queue was full.", c.rxq_overflow);
  f.counter("meridian_net_send_would_block_total", "Datagrams dropped: the socket's buffer was full.", c.send_would_block);
  f.counter("meridian_net_oversized_total", "Datagrams longer than any of ours.", c.oversized);
  add_errors(f, "meridian_net_send_errors_total", "Datagrams that could not be sent.", c.send_errors);
  add_errors(f, "meridian_net_receive_errors_total", "Calls that failed.", c.receive_errors);
}

}  // namespace

std::string metrics_text(const NodeIdentity& identity, const NodeStatus& status) {
  Families families;
  add_tick(families, identity, status);
  add_play(families, status.core);
  add_sessions(families, status.net);
  add_packets(families, status.net);
  add_socket(families, status.udp);
  return families.text();
}

}  // namespace meridian
