// Tokens are the first of a stranger's bytes that reach a cipher. Byte 0 chooses: even = the rest is a token as it came; odd = a token is
// minted from the rest and then changed, so that what stands behind the seal is reached too. Only an unchanged one may open, and it gives
// back what was put in.
#include <algorithm>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "netchannel/crypto/connect_token.hpp"

using namespace meridian;

namespace {

void as_it_came(Bytes bytes, const Secret32& key) {
  const auto clear = read_token_clear(bytes);
  const auto token = open_token(bytes, key);
  MRD_ASSERT(!token || clear);  // what opens was readable
  MRD_ASSERT(!token || (token->node == clear->node && token->expires_ms == clear->expires_ms));
}

void minted(ByteReader in, const Secret32& key) {
  ConnectToken token;
  token.key_id = in.u8();
  token.node.value = in.u16();
  token.incarnation = in.u32();
  token.expires_ms = in.u64();
  token.account = in.u64();
  token.epoch = in.u64();
  token.kind = in.u8();
  SeededChance chance(in.u64());
  chance.fill(token.id);
  chance.fill(token.secret.bytes);
  TokenBytes sealed = seal_token(token, key, chance);
  const std::size_t at = in.u16() % sealed.size();
  const std::uint8_t mask = in.u8();
  sealed[at] = static_cast<std::uint8_t>(sealed[at] ^ mask);

  const auto opened = open_token(sealed, key);
  MRD_ASSERT(opened.has_value() == (mask == 0));
  if (!opened) return;
  MRD_ASSERT(opened->key_id == token.key_id && opened->node == token.node && opened->incarnation == token.incarnation);
  MRD_ASSERT(opened->expires_ms == token.expires_ms && opened->account == token.account && opened->epoch == token.epoch);
  MRD_ASSERT(opened->kind == token.kind && opened->id == token.id && opened->secret.bytes == token.secret.bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  start_crypto();
  const Secret32 key = node_key({}, {5});
  const Bytes rest{data + 1, size - 1};
  if (data[0] % 2 == 0) {
    as_it_came(rest, key);
  } else {
    minted(ByteReader(rest), key);
  }
  return 0;
}
