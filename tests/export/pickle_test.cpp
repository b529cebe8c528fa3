// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <string>

#include "export/pickle_reader.h"
#include "export/pickle_writer.h"
#include "export/samples.h"

namespace lockstep::test {
namespace {

using testing::HasSubstr;
using namespace std::string_literals;

const std::string kProtocol2 = "\x80\x02";

PtValue read_back(const PtValue& value) { return read_pickle(write_pickle(value), "the pickle"); }

std::string error_of(const std::string& pickle) {
  return checkpoint_error_of([&] { read_pickle(pickle, "the pickle"); });
}

// The pickle of a one-dimensional float tensor over the storage "0" of four elements, with the
// opcodes of its offset, shape and stride given.
std::string tensor_pickle(const std::string& offset, const std::string& shape,
                          const std::string& stride) {
  return kProtocol2 + "ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storage"s +
         "ctorch\nFloatStorage\nX\x01\0\0\0"s + "0" + "X\x03\0\0\0"s + "cpuK\x04tQ" + offset +
         shape + stride + "\x89)tR.";
}

std::string repeated(const std::string& piece, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += piece;
  return all;
}

TEST(Pickle, KeepsAValueOfEveryKind) { EXPECT_EQ(read_back(sample_root()), sample_root()); }

TEST(Pickle, KeepsWholeNumbersOfEveryWidth) {
  for (const std::int64_t number :
       {std::int64_t{0}, std::int64_t{255}, std::int64_t{256}, std::int64_t{65535},
        std::int64_t{65536}, std::int64_t{-1}, std::int64_t{2147483647}, std::int64_t{-2147483648},
        std::int64_t{2147483648}, std::int64_t{-2147483649}, std::int64_t{1} << 47,
        -(std::int64_t{1} << 47), std::numeric_limits<std::int64_t>::max(),
        std::numeric_limits<std::int64_t>::min()}) {
    EXPECT_EQ(read_back(integer(number)), integer(number)) << number;
  }
}

TEST(Pickle, KeepsRealNumbersBitForBit) {
  for (const double number :
       {0.1, -0.0, 5e-324, std::numeric_limits<double>::max(),
        std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()}) {
    const PtValue back = read_back({number});
    EXPECT_EQ(*back.as<double>(), number);
    EXPECT_EQ(std::signbit(*back.as<double>()), std::signbit(number));
  }
  EXPECT_TRUE(std::isnan(*read_back({std::numeric_limits<double>::quiet_NaN()}).as<double>()));
}

TEST(Pickle, KeepsTextsWithZeroBytesAndUnicode) {
  const PtValue value = text("gr\xc3\xbcn \xe4\xb8\xad\xe6\x96\x87 \0 end"s);
  EXPECT_EQ(read_back(value), value);
}

TEST(Pickle, KeepsEmptyContainersAndLongTuples) {
  const PtTuple five{{integer(1), integer(2), integer(3), integer(4), integer(5)}};
  const PtValue value{PtList{{PtList{}}, {PtTuple{}}, {PtDict{}}, {five}, text("")}};
  EXPECT_EQ(read_back(value), value);
}

TEST(Pickle, KeepsTensorsOfEveryDtype) {
  PtList tensors;
  for (const PtDtype dtype :
       {PtDtype::float32, PtDtype::float64, PtDtype::float16, PtDtype::bfloat16, PtDtype::int64,
        PtDtype::int32, PtDtype::int16, PtDtype::int8, PtDtype::uint8, PtDtype::boolean})
    tensors.push_back({row_major_tensor("7", dtype, {2, 3})});
  EXPECT_EQ(read_back({tensors}), PtValue{tensors});
}

TEST(Pickle, ReadsAnOrderedDictAndDropsItsAttributes) {
  const std::string pickle = kProtocol2 + "ccollections\nOrderedDict\n)R(X\x01\0\0\0aK\x05u"s +
                             "}X\x09\0\0\0_metadataNsb."s;
  PtDict expected;
  expected.set("a", integer(5));
  EXPECT_EQ(read_pickle(pickle, "the pickle"), PtValue{expected});
}

TEST(Pickle, ReadsProtocol4WithFramesShortTextsAndMemoize) {
  const std::string pickle = "\x80\x04\x95\x0c\0\0\0\0\0\0\0]\x94(\x8c\x02hi\x94h\x01"s + "e.";
  EXPECT_EQ(read_pickle(pickle, "the pickle"), (PtValue{PtList{text("hi"), text("hi")}}));
}

TEST(Pickle, ReadsAParameterAsItsTensor) {
  const std::string tensor = tensor_pickle("K\x00"s, "K\x04\x85", "K\x01\x85");
  const std::string pickle = kProtocol2 + "ctorch._utils\n_rebuild_parameter\n" +
                             tensor.substr(2, tensor.size() - 3) + "\x88)\x87R.";
  EXPECT_EQ(read_pickle(pickle, "the pickle"),
            PtValue{row_major_tensor("0", PtDtype::float32, {4})});
}

TEST(Pickle, RefusesANameThatIsNotAllowed) {
  EXPECT_THAT(error_of(kProtocol2 + "cos\nsystem\n."), HasSubstr("'os.system'"));
  EXPECT_THAT(error_of("\x80\x04\x8c\x02os\x8c\x06system\x93."), HasSubstr("'os.system'"));
  EXPECT_THAT(error_of(kProtocol2 + "cbuiltins\neval\nX\x01\0\0\0001\x85R."s),
              HasSubstr("'builtins.eval'"));
}

TEST(Pickle, RefusesToCallWhatIsNotAFunction) {
  EXPECT_THAT(error_of(kProtocol2 + "ctorch\nFloatStorage\n)R."), HasSubstr("not a function"));
  EXPECT_THAT(error_of(kProtocol2 + "N)R."), HasSubstr("not a function"));
}

TEST(Pickle, RefusesOpcodesThatTorchDoesNotWrite) {
  EXPECT_THAT(error_of(kProtocol2 + "(i."), HasSubstr("opcode 105"));   // INST
  EXPECT_THAT(error_of(kProtocol2 + "P1\n."), HasSubstr("opcode 80"));  // PERSID
}

TEST(Pickle, RefusesMoreThan100LevelsOfNesting) {
  EXPECT_EQ(error_of(kProtocol2 + repeated("]", 101) + repeated("a", 100) + "."), "no error");
  EXPECT_THAT(error_of(kProtocol2 + repeated("]", 102) + repeated("a", 101) + "."),
              HasSubstr("100 levels"));
}

TEST(Pickle, RefusesAListThatContainsItself) {
  EXPECT_THAT(error_of(kProtocol2 + "]q\0h\0a."s), HasSubstr("100 levels"));
}

TEST(Pickle, RefusesATreeThatDoublesFortyTimes) {
  EXPECT_THAT(error_of(kProtocol2 + "N" + repeated("q\0h\0\x86"s, 40) + "."),
              HasSubstr("a million values"));
}

TEST(Pickle, RefusesATextThatIsRepeatedWithoutEnd) {
  const std::string mebibyte = "X\0\0\x10\0"s + std::string(1 << 20, 'x');
  EXPECT_THAT(error_of(kProtocol2 + "](" + mebibyte + "q\0"s + repeated("h\0"s, 64) + "e."),
              HasSubstr("64 MiB of text"));
}

TEST(Pickle, RefusesToTakeValuesThatAreNotThere) {
  for (const std::string& body : {"."s, "a."s, "(]u."s, "N\x86."s, "t."s, "h\x05."s, "R."s, "b."s,
                                  "Q."s, "q\x01."s, "\x93."s, "(NNe."s, "N(."s}) {
    EXPECT_THAT(error_of(kProtocol2 + body), HasSubstr("the pickle ")) << body;
  }
}

TEST(Pickle, RefusesEveryTruncation) {
  const std::string pickle = write_pickle(sample_root());
  for (std::size_t size = 0; size < pickle.size(); ++size)
    EXPECT_THAT(error_of(pickle.substr(0, size)), HasSubstr("the pickle ")) << size;
}

TEST(Pickle, RefusesBytesAfterTheEnd) {
  EXPECT_THAT(error_of(kProtocol2 + "N.N"), HasSubstr("goes on after its end"));
}

TEST(Pickle, RefusesATextLongerThanTheRest) {
  EXPECT_THAT(error_of(kProtocol2 + "X\xff\xff\xff\xff."), HasSubstr("ends early"));
  EXPECT_THAT(error_of("\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xff."), HasSubstr("ends early"));
}

TEST(Pickle, ReadsAWholeNumberBeyond64BitsAsAFloat) {
  const auto read = [](const std::string& bytes) {
    const std::string count(1, static_cast<char>(bytes.size()));
    return read_pickle(kProtocol2 + "\x8a" + count + bytes + ".", "the pickle");
  };
  EXPECT_EQ(read("\0\0\0\0\0\0\0\0\x01"s), PtValue{std::ldexp(1.0, 64)});
  EXPECT_EQ(read("\0\0\0\0\0\0\0\x80\0"s), PtValue{std::ldexp(1.0, 63)});
  EXPECT_EQ(read("\0\0\0\0\0\0\0\0\xff"s), PtValue{-std::ldexp(1.0, 64)});
}

TEST(Pickle, RefusesATensorWhoseElementsAreNotThoseStored) {
  const std::string plain = tensor_pickle("K\x00"s, "K\x04\x85", "K\x01\x85");
  const auto marked = [&](const std::string& mark, const std::string& value) {
    const std::string metadata = "}X" + std::string(1, static_cast<char>(mark.size())) + "\0\0\0"s;
    return plain.substr(0, plain.size() - 3) + metadata + mark + value + "s" + "tR.";
  };
  EXPECT_THAT(error_of(marked("neg", "\x88")), HasSubstr("tensor.resolve_neg()"));
  EXPECT_THAT(error_of(marked("conj", "\x88")), HasSubstr("tensor.resolve_conj()"));
  EXPECT_EQ(error_of(marked("neg", "\x89")), "no error");
}

TEST(Pickle, RefusesAKeyThatIsThereTwice) {
  EXPECT_THAT(error_of(kProtocol2 + "}(X\x01\0\0\0aNX\x01\0\0\0aNu."s), HasSubstr("'a' twice"));
}

TEST(Pickle, RefusesAViewBeyondItsStorage) {
  EXPECT_EQ(error_of(tensor_pickle("K\x01", "K\x03\x85", "K\x01\x85")), "no error");
  EXPECT_THAT(error_of(tensor_pickle("K\x01", "K\x04\x85", "K\x01\x85")),
              HasSubstr("beyond its storage"));
  EXPECT_THAT(error_of(tensor_pickle("K\x00"s, "K\x03\x85", "K\x02\x85")),
              HasSubstr("beyond its storage"));
}

TEST(Pickle, RefusesAViewWhoseSizesOverflow) {
  const std::string huge = "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f";
  EXPECT_THAT(error_of(tensor_pickle(huge, "K\x02\x85", "K\x01\x85")),
              HasSubstr("beyond its storage"));
  EXPECT_THAT(error_of(tensor_pickle("K\x00"s, "K\x03\x85", huge + "\x85")),
              HasSubstr("beyond its storage"));
  EXPECT_THAT(error_of(tensor_pickle("K\x00"s, huge + "\x85", "K\x00\x85"s)), HasSubstr("2^63"));
  EXPECT_THAT(error_of(tensor_pickle("K\x00"s, "K\x00"s + huge + "\x86", "K\x00K\x00\x86"s)),
              HasSubstr("2^63"));
}

TEST(Pickle, RefusesNegativeSizesAndWrongKinds) {
  const std::string minus_one = "J\xff\xff\xff\xff";
  EXPECT_THAT(error_of(tensor_pickle(minus_one, "K\x01\x85", "K\x01\x85")), HasSubstr("offset"));
  EXPECT_THAT(error_of(tensor_pickle("K\x00"s, minus_one + "\x85", "K\x01\x85")),
              HasSubstr("shape"));
  EXPECT_THAT(error_of(tensor_pickle("K\x00"s, "K\x01", "K\x01\x85")), HasSubstr("shape"));
  EXPECT_THAT(error_of(tensor_pickle("K\x00"s, "K\x01\x85", ")")), HasSubstr("strides"));
}

}  // namespace
}  // namespace lockstep::test
