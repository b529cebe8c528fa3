// SPDX-License-Identifier: Apache-2.0
#include "generate/sampling.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "base/error.h"
#include "base/sentence.h"

namespace lockstep {
namespace {

struct Candidate {
  TokenId token = 0;
  double weight = 0.0;  // a logit, later in proportion to the probability
};

bool comes_first(const Candidate& a, const Candidate& b) {
  return a.weight != b.weight ? a.weight > b.weight : a.token < b.token;
}

void make_repetition_less_likely(std::vector<float>& logits, const std::vector<TokenId>& seen,
                                 double penalty) {
  if (penalty == 1.0) return;
  for (const TokenId token : std::set<TokenId>(seen.begin(), seen.end())) {
    const double logit = logits.at(token);
    logits[token] = static_cast<float>(logit < 0.0 ? logit * penalty : logit / penalty);
  }
}

// The `most` with the largest logits, from the largest on.
std::vector<Candidate> most_likely(const std::vector<float>& logits, std::size_t most) {
  std::vector<Candidate> candidates;
  candidates.reserve(logits.size());
  for (std::size_t token = 0; token < logits.size(); ++token)
    if (std::isfinite(logits[token]))
      candidates.push_back({static_cast<TokenId>(token), logits[token]});
  if (candidates.empty())
    throw Error(ErrorKind::checkpoint,
                sentence("generating text: the model's logits are not finite numbers; its "
                         "training has diverged, serve an earlier checkpoint"));
  const auto end =
      candidates.begin() + static_cast<std::ptrdiff_t>(std::min(most, candidates.size()));
  std::partial_sort(candidates.begin(), end, candidates.end(), comes_first);
  candidates.erase(end, candidates.end());
  return candidates;
}

double total_weight(const std::vector<Candidate>& candidates) {
  return std::accumulate(candidates.begin(), candidates.end(), 0.0,
                         [](double sum, const Candidate& next) { return sum + next.weight; });
}

void keep_probability(std::vector<Candidate>& candidates, double top_p) {
  const double wanted = top_p * total_weight(candidates);
  double sum = 0.0;
  for (std::size_t count = 0; count < candidates.size(); ++count) {
    if (count > 0 && sum >= wanted) return candidates.resize(count);
    sum += candidates[count].weight;
  }
}

}  // namespace

TokenId sample_token(std::vector<float> logits, const std::vector<TokenId>& seen,
                     const Sampling& sampling, double uniform) {
  make_repetition_less_likely(logits, seen, sampling.repetition_penalty);
  if (sampling.temperature == 0.0) return most_likely(logits, 1).front().token;
  const auto all = static_cast<std::int64_t>(logits.size());
  std::vector<Candidate> candidates =
      most_likely(logits, static_cast<std::size_t>(sampling.top_k.value_or(all)));
  const double largest = candidates.front().weight;
  for (Candidate& candidate : candidates)
    candidate.weight = std::exp((candidate.weight - largest) / sampling.temperature);
  if (sampling.top_p) keep_probability(candidates, *sampling.top_p);
  const double wanted = uniform * total_weight(candidates);
  double sum = 0.0;
  for (const Candidate& candidate : candidates) {
    sum += candidate.weight;
    if (wanted < sum) return candidate.token;
  }
  return candidates.back().token;
}

}  // namespace lockstep
