// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>

#include "comm/collectives_kinds.h"
#include "comm/mpi_check.h"

namespace lockstep {
namespace {

// MPI counts in int, and pieces of this size keep its internal buffers small.
constexpr std::int64_t kPieceBytes = 64 << 20;

class MpiCollectives : public Collectives {
 public:
  void sum(at::Tensor& tensor) override {
    auto* const values = tensor.data_ptr<float>();
    constexpr std::int64_t kPiece = kPieceBytes / static_cast<std::int64_t>(sizeof(float));
    for (std::int64_t first = 0; first < tensor.numel(); first += kPiece) {
      const auto count = static_cast<int>(std::min(kPiece, tensor.numel() - first));
      mpi_check(
          MPI_Allreduce(MPI_IN_PLACE, values + first, count, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD),
          "MPI_Allreduce");
    }
  }

  void broadcast(at::Tensor& tensor, int root) override {
    auto* const bytes = static_cast<char*>(tensor.data_ptr());
    const auto total = static_cast<std::int64_t>(tensor.nbytes());
    for (std::int64_t first = 0; first < total; first += kPieceBytes) {
      const auto count = static_cast<int>(std::min(kPieceBytes, total - first));
      mpi_check(MPI_Bcast(bytes + first, count, MPI_BYTE, root, MPI_COMM_WORLD), "MPI_Bcast");
    }
  }
};

}  // namespace

std::unique_ptr<Collectives> make_mpi_collectives() { return std::make_unique<MpiCollectives>(); }

}  // namespace lockstep
