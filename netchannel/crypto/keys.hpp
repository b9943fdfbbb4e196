// Keys and seals by libsodium. Sizes in bytes. `Secret` bytes are wiped when they go.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <memory>

#include "base/bytes.hpp"
#include "base/chance.hpp"
#include "netchannel/wire/wire_error.hpp"

namespace meridian {

// libsodium's own generator. The only Chance for keys outside the simulation.
class SystemChance final : public Chance {
 public:
  void fill(std::span<std::uint8_t> bytes) override;
};

// Once at start, before anything else here; ends the process where libsodium cannot start.
void start_crypto();

class Secret32 {
 public:
  Secret32() = default;
  ~Secret32();
  Secret32(const Secret32&) = default;
  Secret32& operator=(const Secret32&) = default;
  std::array<std::uint8_t, 32> bytes{};
};

enum class Suite : std::uint8_t { chacha20_poly1305 = 1, aes256_gcm = 2 };
inline constexpr std::size_t kTagBytes = 16;
// 2 only where the machine has the instructions (crypto_aead_aes256gcm_is_available).
bool available(Suite suite);

struct DirectionKeys {
  Secret32 key;
  std::array<std::uint8_t, 12> iv{};
};
struct SessionKeys {
  Suite suite = Suite::chacha20_poly1305;
  DirectionKeys up, down;
};

// Seals and opens the packets of one direction. Nonce = iv with its bytes 4-11 xor the packet number (u64 little-endian); AD = the header
// as sent. Holds the expanded key; neither copies nor allocates after construction.
class PacketSeal {
 public:
  PacketSeal(Suite suite, const DirectionKeys& keys);
  ~PacketSeal();
  PacketSeal(PacketSeal&&) noexcept;
  PacketSeal& operator=(PacketSeal&&) noexcept;
  // `packet` = header | plain | 16 B of room for the tag; sealed in place.
  void seal(MutableBytes packet, std::size_t header_bytes, std::uint64_t number) const;
  // In place; the plain bytes, or bad_tag (the packet's bytes are then worthless).
  std::expected<MutableBytes, WireError> open(MutableBytes packet, std::size_t header_bytes, std::uint64_t number) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace meridian
