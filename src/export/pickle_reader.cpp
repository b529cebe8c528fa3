// SPDX-License-Identifier: Apache-2.0
#include "export/pickle_reader.h"

#include <algorithm>
#include <bit>
#include <unordered_map>

#include "base/sentence.h"
#include "export/byte_cursor.h"
#include "export/pickle_calls.h"
#include "export/pickle_opcodes.h"

namespace lockstep {
namespace {

class PickleReader {
 public:
  PickleReader(std::string_view pickle, const std::string& subject)
      : bytes_(pickle, subject), graph_(subject) {
    if (pickle.size() > kMaxPickleBytes) bytes_.fail(sentence("is larger than 64 MiB"));
  }

  PtValue read() {
    if (bytes_.remaining() == 0 || Opcode{bytes_.u8()} != Opcode::protocol)
      bytes_.fail(sentence("does not begin as one of protocol 2 to 5"));
    read_protocol();
    for (Opcode opcode{bytes_.u8()}; opcode != Opcode::stop; opcode = Opcode{bytes_.u8()})
      step(opcode);
    if (stack_.size() != 1 || !marks_.empty()) bytes_.fail(sentence("does not end with one value"));
    if (bytes_.remaining() > 0) bytes_.fail(sentence("goes on after its end"));
    return graph_.tree(stack_.back());
  }

 private:
  void step(Opcode opcode) {
    switch (opcode) {
      case Opcode::none: return push_value({PtNone{}});
      case Opcode::new_true: return push_value({true});
      case Opcode::new_false: return push_value({false});
      case Opcode::uint8: return push_value({std::int64_t{bytes_.u8()}});
      case Opcode::uint16: return push_value({std::int64_t{bytes_.u16()}});
      case Opcode::int32:
        return push_value({std::int64_t{static_cast<std::int32_t>(bytes_.u32())}});
      case Opcode::long1: return push_value(read_long());
      case Opcode::float64: return push_value({read_float()});
      case Opcode::text: return push_text(bytes_.u32());
      case Opcode::short_text: return push_text(bytes_.u8());
      case Opcode::long_text: return push_text(bytes_.u64());
      default: return step_container(opcode);
    }
  }

  void step_container(Opcode opcode) {
    switch (opcode) {
      case Opcode::mark: return marks_.push_back(stack_.size());
      case Opcode::empty_list: return push({NodeKind::list, {}, {}});
      case Opcode::empty_dict: return push({NodeKind::dict, {}, {}});
      case Opcode::empty_tuple: return push({NodeKind::tuple, {}, {}});
      case Opcode::tuple: return push({NodeKind::tuple, {}, pop_to_mark()});
      case Opcode::tuple1: return push({NodeKind::tuple, {}, pop_many(1)});
      case Opcode::tuple2: return push({NodeKind::tuple, {}, pop_many(2)});
      case Opcode::tuple3: return push({NodeKind::tuple, {}, pop_many(3)});
      case Opcode::append: return extend(NodeKind::list, pop_many(1));
      case Opcode::appends: return extend(NodeKind::list, pop_to_mark());
      case Opcode::set_item: return extend(NodeKind::dict, pop_many(2));
      case Opcode::set_items: return extend(NodeKind::dict, pop_to_mark());
      default: return step_object(opcode);
    }
  }

  void step_object(Opcode opcode) {
    switch (opcode) {
      case Opcode::protocol: return read_protocol();
      case Opcode::frame: return read_frame();
      case Opcode::global: return read_global();
      case Opcode::stack_global: return read_stack_global();
      case Opcode::reduce: return reduce();
      case Opcode::build: return build();
      case Opcode::persistent_id: return push(resolve_storage(graph_, pop()));
      case Opcode::put: return store(bytes_.u8());
      case Opcode::long_put: return store(bytes_.u32());
      case Opcode::memoize: return store(static_cast<std::uint32_t>(memo_.size()));
      case Opcode::get: return push_stored(bytes_.u8());
      case Opcode::long_get: return push_stored(bytes_.u32());
      default: fail_at(opcode);
    }
  }

  [[noreturn]] void fail_at(Opcode opcode) const {
    bytes_.fail(
        sentence("has the opcode {0}, which torch.save does not write for tensors, numbers, texts "
                 "and containers",
                 {static_cast<int>(opcode)}));
  }

  void read_protocol() {
    const int protocol = bytes_.u8();
    if (protocol < 2 || protocol > 5)
      bytes_.fail(sentence("has protocol {0}, expected 2 to 5", {protocol}));
  }

  // A frame only announces how many bytes follow.
  void read_frame() {
    if (bytes_.u64() > bytes_.remaining()) bytes_.fail(sentence("ends early: the file is damaged"));
  }

  PtValue read_long() {
    const int count = bytes_.u8();
    if (count == 0) return {std::int64_t{0}};
    if (count > 8) return {nearest_real(bytes_.take(static_cast<std::uint64_t>(count)))};
    const int unused_bits = 64 - 8 * count;
    const std::uint64_t bits = bytes_.take_number(count) << unused_bits;
    return {static_cast<std::int64_t>(bits) >> unused_bits};  // brings the sign down
  }

  // Of a whole number of more than 64 bits, a seed perhaps: no reason to refuse the weights.
  static double nearest_real(std::string_view little_endian) {
    double number = static_cast<std::int8_t>(little_endian.back());  // has the sign
    for (std::size_t i = little_endian.size() - 1; i-- > 0;)
      number = number * 256.0 + static_cast<std::uint8_t>(little_endian[i]);
    return number;
  }

  double read_float() {
    std::uint64_t bits = 0;
    for (const char byte : bytes_.take(8)) bits = bits << 8 | static_cast<std::uint8_t>(byte);
    return std::bit_cast<double>(bits);
  }

  void read_global() {
    const std::string module(bytes_.line());
    const std::string name(bytes_.line());
    push(resolve_name(graph_, module, name));
  }

  void read_stack_global() {
    const std::string name = pop_text();
    const std::string module = pop_text();
    push(resolve_name(graph_, module, name));
  }

  void reduce() {
    const NodeId arguments = pop();
    const NodeId function = pop();
    push(call(graph_, function, arguments));
  }

  // Sets attributes of an OrderedDict, which a value tree has no place for.
  void build() {
    pop();
    if (graph_.at(top()).kind != NodeKind::dict)
      bytes_.fail(sentence("sets the state of something else than an OrderedDict"));
  }

  void extend(NodeKind kind, const std::vector<NodeId>& added) {
    PickleNode& target = graph_.at(top());
    if (target.kind != kind || (kind == NodeKind::dict && added.size() % 2 != 0))
      bytes_.fail(sentence("puts items into something that cannot hold them"));
    target.children.insert(target.children.end(), added.begin(), added.end());
  }

  void push(PickleNode node) { stack_.push_back(graph_.add(std::move(node))); }
  void push_value(PtValue value) { push({NodeKind::value, std::move(value), {}}); }
  void push_text(std::uint64_t count) { push_value({std::string(bytes_.take(count))}); }

  void store(std::uint32_t key) { memo_[key] = top(); }

  void push_stored(std::uint32_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end())
      bytes_.fail(sentence("refers to the value {0}, which it has not stored", {key}));
    stack_.push_back(found->second);
  }

  // Values below the last mark are out of reach until the mark is taken away.
  std::size_t reachable() const { return stack_.size() - (marks_.empty() ? 0 : marks_.back()); }

  NodeId top() const {
    if (reachable() == 0) bytes_.fail(sentence("takes more values than it has put down"));
    return stack_.back();
  }

  NodeId pop() {
    const NodeId id = top();
    stack_.pop_back();
    return id;
  }

  std::vector<NodeId> pop_many(std::size_t count) {
    if (reachable() < count) bytes_.fail(sentence("takes more values than it has put down"));
    const auto first = stack_.end() - static_cast<std::ptrdiff_t>(count);
    std::vector<NodeId> ids(first, stack_.end());
    stack_.erase(first, stack_.end());
    return ids;
  }

  std::vector<NodeId> pop_to_mark() {
    if (marks_.empty()) bytes_.fail(sentence("closes a container that it has not opened"));
    std::vector<NodeId> ids = pop_many(reachable());
    marks_.pop_back();
    return ids;
  }

  std::string pop_text() {
    const PickleNode& node = graph_.at(pop());
    const auto* text = node.kind == NodeKind::value ? node.value.as<std::string>() : nullptr;
    if (text == nullptr) bytes_.fail(sentence("asks for a name that is not a text"));
    return *text;
  }

  ByteCursor bytes_;
  PickleGraph graph_;
  std::vector<NodeId> stack_;
  std::vector<std::size_t> marks_;  // sizes of the stack
  std::unordered_map<std::uint32_t, NodeId> memo_;
};

}  // namespace

PtValue read_pickle(std::string_view pickle, const std::string& subject) {
  return PickleReader(pickle, subject).read();
}

}  // namespace lockstep
