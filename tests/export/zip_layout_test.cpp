// SPDX-License-Identifier: Apache-2.0
#include "export/zip_layout.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "export/byte_cursor.h"
#include "export/zip_records.h"

namespace lockstep::test {
namespace {

constexpr std::int64_t kOnes32 = 0xffffffff;  // the first number that needs zip64

std::size_t extra_bytes_of(const std::string& local_header) {
  ByteCursor cursor(local_header, "the header");
  cursor.take(28);
  return cursor.u16();
}

bool has_zip64_end(const std::string& directory) {
  return directory.find("PK\x06\x06") != std::string::npos &&
         directory.find("PK\x06\x07") != std::string::npos;
}

std::string directory_of(const ZipLayout& layout) {
  return zip_directory(layout, std::vector<std::uint32_t>(layout.places.size(), 0));
}

TEST(ZipLayout, BeginsTheDataOfEveryEntryAtAMultipleOf64) {
  const ZipLayout layout = lay_out_zip({{"a", 1}, {"bb", 64}, {std::string(70, 'c'), 0}, {"d", 3}});
  EXPECT_EQ(layout.places[0].data_offset, 64);
  EXPECT_EQ(layout.places[1].header_offset, 65);
  EXPECT_EQ(layout.places[1].data_offset, 128);
  EXPECT_EQ(layout.places[2].header_offset, 192);
  EXPECT_EQ(layout.places[2].data_offset, 320);
  EXPECT_EQ(layout.places[3].data_offset, 384);
  EXPECT_EQ(layout.directory_offset, 387);
}

TEST(ZipLayout, BeginsTheDataOfALargeEntryWhereItBeginsInAPageOfMemory) {
  for (const std::int64_t place : {0, 64, 4032, 4096, 3072 + 5 * 4096}) {
    const ZipLayout layout = lay_out_zip({{"a", 5}, {"b", kLargeItemBytes, place}, {"c", 1}});
    const ZipPlace& large = layout.places[1];
    EXPECT_EQ(large.data_offset % 4096, place % 4096);
    EXPECT_LT(large.data_offset - large.header_offset, 4096 + 64);
    EXPECT_EQ(static_cast<std::int64_t>(zip_local_header(large, 0).size()),
              large.data_offset - large.header_offset);
    EXPECT_EQ(layout.places[2].data_offset % 64, 0);
  }
  const std::int64_t data_after_header = 64 + 64;
  EXPECT_EQ(lay_out_zip({{"a", 5}, {"b", kLargeItemBytes - 1, 0}}).places[1].data_offset,
            data_after_header);
  EXPECT_EQ(lay_out_zip({{"a", 5}, {"b", kLargeItemBytes, 60}}).places[1].data_offset,
            data_after_header);
  // So a reader who gives the place that it finds gets the layout of older files too.
  EXPECT_EQ(
      lay_out_zip({{"a", 5}, {"b", kLargeItemBytes, data_after_header}}).places[1].data_offset,
      data_after_header);
}

TEST(ZipLayout, FillsTheRoomBetweenHeaderAndData) {
  for (int length = 1; length < 130; ++length) {
    const ZipPlace place =
        lay_out_zip({{std::string(static_cast<std::size_t>(length), 'n'), 1}}).places[0];
    const std::string header = zip_local_header(place, 0);
    EXPECT_EQ(static_cast<std::int64_t>(header.size()), place.data_offset);
    EXPECT_EQ(extra_bytes_of(header), header.size() - 30 - static_cast<std::size_t>(length));
  }
}

TEST(ZipLayout, WritesASmallArchiveWithoutZip64) {
  const std::string directory = directory_of(lay_out_zip({{"a", 1}}));
  EXPECT_EQ(directory.size(), 46U + 1U + 22U);
  EXPECT_FALSE(has_zip64_end(directory));
}

TEST(ZipLayout, StatesASizeInZip64FromFourGibibytesLessOneOn) {
  const std::string kZip64Field("\x01\x00\x10\x00", 4);
  const ZipPlace below = lay_out_zip({{"a", kOnes32 - 1, 64}}).places[0];
  const ZipPlace at = lay_out_zip({{"a", kOnes32, 64}}).places[0];
  EXPECT_EQ(zip_local_header(below, 0).find(kZip64Field), std::string::npos);
  const std::string header = zip_local_header(at, 0);
  ByteCursor cursor(header, "the header");
  cursor.take(18);
  EXPECT_EQ(cursor.u32(), 0xffffffffU);
  EXPECT_EQ(cursor.u32(), 0xffffffffU);
  cursor.take(5);
  EXPECT_EQ(cursor.u16(), 1);
  EXPECT_EQ(cursor.u16(), 16);
  EXPECT_EQ(cursor.u64(), 0xffffffffU);
  EXPECT_EQ(cursor.u64(), 0xffffffffU);
  EXPECT_EQ(at.data_offset, 64);
}

TEST(ZipLayout, StatesAHeaderOffsetInZip64FromFourGibibytesLessOneOn) {
  // The second header begins right after the data of the first, at 64 + its size.
  const std::string below = directory_of(lay_out_zip({{"a", kOnes32 - 65, 64}, {"b", 0}}));
  const std::string at = directory_of(lay_out_zip({{"a", kOnes32 - 64, 64}, {"b", 0}}));
  constexpr std::size_t kTwoEntries = 47 + 47;
  EXPECT_EQ(below.find("PK\x06\x06"), kTwoEntries);
  EXPECT_EQ(at.find("PK\x06\x06"), kTwoEntries + 12);
  ByteCursor second(std::string_view(at).substr(47), "the entry");
  second.take(42);
  EXPECT_EQ(second.u32(), 0xffffffffU);
  second.take(1);
  EXPECT_EQ(second.u16(), 1);
  EXPECT_EQ(second.u16(), 8);
  EXPECT_EQ(second.u64(), 0xffffffffU);
}

TEST(ZipLayout, StatesTheDirectorysOffsetInZip64WhenItNeedsTo) {
  EXPECT_FALSE(has_zip64_end(directory_of(lay_out_zip({{"a", kOnes32 - 65, 64}}))));
  const std::string directory = directory_of(lay_out_zip({{"a", kOnes32 - 64, 64}}));
  ASSERT_TRUE(has_zip64_end(directory));
  ByteCursor end(std::string_view(directory).substr(47), "the end");
  end.take(48);
  EXPECT_EQ(end.u64(), 0xffffffffU);
  EXPECT_EQ(end.u32(), zip::kEnd64Locator);
  end.take(4);
  EXPECT_EQ(end.u64(), std::uint64_t{0xffffffff} + 47);
}

TEST(ZipLayout, CountsEntriesInZip64From65535On) {
  std::vector<ZipItem> items;
  items.reserve(65535);
  for (int i = 0; i < 65534; ++i) items.push_back({std::to_string(i), 0});
  EXPECT_FALSE(has_zip64_end(directory_of(lay_out_zip(items))));
  items.push_back({"last", 0});
  const std::string directory = directory_of(lay_out_zip(items));
  EXPECT_TRUE(has_zip64_end(directory));
  ByteCursor end(std::string_view(directory).substr(directory.size() - 22), "the end");
  end.take(8);
  EXPECT_EQ(end.u16(), 0xffff);
}

}  // namespace
}  // namespace lockstep::test
