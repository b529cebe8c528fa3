// SPDX-License-Identifier: Apache-2.0
#include "report/chinese.h"

namespace lockstep {

const Translations kChineseOfText = {
    {"reading the text: {0} is unreachable: {1}", "读取文本: 无法访问 {0}: {1}"},
    {"reading the text: {0} cannot be opened: {1}", "读取文本: 无法打开 {0}: {1}"},
    {"reading the text: {0} is a folder without text files; check {1}",
     "读取文本: 文件夹 {0} 中没有文本文件; 请检查 {1}"},
    {"reading the text: {0} cannot be listed: {1}", "读取文本: 无法列出 {0} 的内容: {1}"},
    {"reading the text: {0} and {1} do not exist; check {2}",
     "读取文本: {0} 和 {1} 不存在; 请检查 {2}"},
    {"reading the text: {0} does not exist; check {1}", "读取文本: {0} 不存在; 请检查 {1}"},
    {"reading the text: {0} is neither a file nor a folder; check {1}",
     "读取文本: {0} 既不是文件也不是文件夹; 请检查 {1}"},
    {"reading the text: no file is named; give one with {0}",
     "读取文本: 没有指定文件; 请用 {0} 给出"},
    {"reading the text: {0} cannot be read: {1}", "读取文本: 无法读取 {0}: {1}"},
    {"reading the text: {0} is not UTF-8 text: byte {1} begins no valid character; convert or "
     "unpack the file",
     "读取文本: {0} 不是 UTF-8 文本: 第 {1} 字节处不是有效字符; 请转换编码或解压该文件"},
    {"reading the text: {0} is a token file, which cannot be mixed with text; give it alone with "
     "{1}",
     "读取文本: {0} 是词元文件, 不能与文本混用; 请用 {1} 单独给出"},
    {"reading the text: {0} is empty; check {1}", "读取文本: {0} 是空的; 请检查 {1}"},
    {"reading the text: {0} and the other files are empty; check {1}",
     "读取文本: {0} 和其他文件都是空的; 请检查 {1}"},
    {"reading the copy of the tokens on this host, {0}: it is damaged, and made again",
     "读取本机的词元副本 {0}: 副本已损坏, 将重新生成"},
    {"copying the tokens to {0}: {1}; give another --local-dir, or none (--local-dir=)",
     "把词元复制到 {0}: {1}; 请另给 --local-dir, 或不用它 (--local-dir=)"},
    {"making the tokens again: {0}", "重新生成词元: {0}"},
    {"loading the tokenizer in {0}: {1}", "加载 {0} 中的分词器: {1}"},
    {"loading the tokenizer in {0}: {1} is damaged: {2}", "加载 {0} 中的分词器: {1} 已损坏: {2}"},
    {"{0} is not one of Lockstep's (of Hugging Face, maybe); the one of the run is in its folder "
     "text/",
     "{0} 不是 Lockstep 的文件 (可能是 Hugging Face 的); 训练的分词器在其文件夹 text/ 中"},
    {"{0} describes {1} but {2} holds {3}; one of them was replaced or is damaged",
     "{0} 描述的是 {1}, 而 {2} 中是 {3}; 其中之一被替换或已损坏"},
    {"making the tokenizer: this version knows no kind '{0}'; it was written by another version or "
     "is damaged",
     "创建分词器: 此版本不认识种类 '{0}'; 它由另一版本写入或已损坏"},
    {"loading the tokenizer: SentencePiece: {0}", "加载分词器: SentencePiece: {0}"},
    {"loading the tokenizer: the SentencePiece model has no token for byte {0}; train it with "
     "byte_fallback",
     "加载分词器: SentencePiece 模型没有字节 {0} 的词元; 请用 byte_fallback 训练"},
    {"splitting text into tokens: SentencePiece: {0}", "把文本切分为词元: SentencePiece: {0}"},
    {"training a tokenizer with a vocabulary of {0}: the smallest possible is {1}; choose a larger "
     "one or --tokenizer byte",
     "训练词表大小为 {0} 的分词器: 词表最小为 {1}; 请选更大的词表或 --tokenizer byte"},
    {"training a tokenizer with a vocabulary of {0}: {1}; check {2}",
     "训练词表大小为 {0} 的分词器: {1}; 请检查 {2}"},
    {"training a tokenizer with a vocabulary of {0}: this text needs at least {1}; choose a larger "
     "one or --tokenizer byte",
     "训练词表大小为 {0} 的分词器: 这份文本至少需要 {1}; 请选更大的词表或 --tokenizer byte"},
    {"training a tokenizer with a vocabulary of {0}: SentencePiece: {1}; choose a larger "
     "vocabulary or --tokenizer byte",
     "训练词表大小为 {0} 的分词器: SentencePiece: {1}; 请选更大的词表或 --tokenizer byte"},
    {"the text is empty", "文本是空的"},
    {"the text has {0} bytes, and nothing in them but the ends of empty lines, tabs and the like",
     "文本有 {0} 字节, 但其中只有空行的换行符、制表符之类"},
    {"opening the token file {0}: {1}", "打开词元文件 {0}: {1}"},
    {"it is not a token file; check --data-file", "它不是词元文件; 请检查 --data-file"},
    {"it has version {0}, this program reads version {1}; it must be made again from the text",
     "格式版本是 {0}, 而本程序只能读取版本 {1}; 必须从文本重新生成"},
    {"its header is damaged; it must be made again from the text",
     "文件头已损坏; 必须从文本重新生成"},
    {"truncated: {0} bytes, expected {1}; it must be made again from the text",
     "文件被截断: 有 {0} 字节, 应为 {1}; 必须从文本重新生成"},
    {"truncated: {0} bytes, expected at least {1}; it must be made again from the text",
     "文件被截断: 有 {0} 字节, 至少应为 {1}; 必须从文本重新生成"},
    {"too long: {0} bytes, expected {1}; it must be made again from the text",
     "文件过长: 有 {0} 字节, 应为 {1}; 必须从文本重新生成"},
    {"it was replaced while it was opened", "打开时文件被替换"},
    {"reading the token file {0}: it had {1} bytes when it was opened, and has {2} now; {3}",
     "读取词元文件 {0}: 打开时有 {1} 字节, 现在有 {2} 字节; {3}"},
    {"reading the token file {0}: it had {1} bytes when it was opened, and is gone now; {2}",
     "读取词元文件 {0}: 打开时有 {1} 字节, 现在已不存在; {2}"},
    {"reading the token file {0}: it was written to after it was opened, and has the tokens {1} "
     "now, not {2}; {3}",
     "读取词元文件 {0}: 打开后又被写入, 现在的词元是 {1}, 不是 {2}; {3}"},
    {"write new tokens to a file of another name, put these back, and go on with --resume",
     "请把新词元写入另一个文件, 放回原来的词元, 再用 --resume 继续"},
    {"verifying the token file {0}: its tokens have the digest {1}, expected {2}; it is damaged "
     "and must be made again from the text",
     "校验词元文件 {0}: 词元的摘要是 {1}, 应为 {2}; 文件已损坏, 必须从文本重新生成"},
    {"verifying the token file {0}: it has the token {1}, and its vocabulary has {2}; it must be "
     "made again from the text",
     "校验词元文件 {0}: 其中有词元 {1}, 而词表大小为 {2}; 必须从文本重新生成"},
    {"writing the header of a token file: '{0}' has {1} bytes, at most {2} fit",
     "写入词元文件的文件头: '{0}' 有 {1} 字节, 最多容纳 {2} 字节"},
};

}  // namespace lockstep
