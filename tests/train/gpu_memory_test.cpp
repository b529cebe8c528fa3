// SPDX-License-Identifier: Apache-2.0
#include "train/gpu_memory.h"

#include <c10/util/Exception.h>
#include <gtest/gtest.h>

#include <new>
#include <stdexcept>
#include <string>

#include "support/message_of.h"

namespace lockstep::test {
namespace {

TEST(GpuMemory, OfLibTorchsAccountTheAmountsAreTold) {
  EXPECT_EQ(brief_account("CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total "
                          "capacity of 139.72 GiB of which 5.69 MiB is free. Including non-PyTorch "
                          "memory, this process has 139.71 GiB memory in use. If reserved but "
                          "unallocated memory is large try setting ..."),
            "Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 139.72 GiB of which 5.69 "
            "MiB is free");
  EXPECT_EQ(brief_account("something else"), "something else");
}

TEST(GpuMemory, TooLittleOfItIsAUsersError) {
  EXPECT_EQ(message_of(
                [] {
                  within_gpu_memory([] { return "computing a lane"; }, "give a smaller batch",
                                    [] { TORCH_CHECK_WITH(OutOfMemoryError, false, "too much"); });
                },
                ErrorKind::usage),
            "computing a lane: the GPU has not enough memory (too much); give a smaller batch");
}

TEST(GpuMemory, TooLittleOfItIsTheSameForTheLibrariesOfCuda) {
  for (const std::string said :
       {"CUDA error: out of memory", "CUDA driver error: Out Of Memory",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"})
    EXPECT_EQ(message_of(
                  [&] {
                    within_gpu_memory([] { return "computing a lane"; }, "give a smaller batch",
                                      [&] { throw std::runtime_error(said + "\nCUDA says more"); });
                  },
                  ErrorKind::usage),
              "computing a lane: not enough memory is left on the GPU, or on the host for what a "
              "GPU reads (" +
                  said + "); give a smaller batch");
}

TEST(GpuMemory, WhatWasToldAlreadyIsNotToldAgain) {
  EXPECT_EQ(message_of(
                [] {
                  within_gpu_memory(
                      [] { return "training"; }, "give a smaller batch",
                      [] {
                        within_gpu_memory(
                            [] { return "computing a lane"; }, "give more lanes",
                            [] { throw std::runtime_error("CUDA error: out of memory"); });
                      });
                },
                ErrorKind::usage),
            "computing a lane: not enough memory is left on the GPU, or on the host for what a GPU "
            "reads (CUDA error: out of memory); give more lanes");
}

TEST(GpuMemory, TheMemoryOfTheHostIsAnotherMatter) {
  EXPECT_THROW(within_gpu_memory([] { return ""; }, "", [] { throw std::bad_alloc(); }),
               std::bad_alloc);
}

TEST(GpuMemory, OtherErrorsPass) {
  EXPECT_EQ(message_of(
                [] {
                  within_gpu_memory([] { return ""; }, "",
                                    [] { throw Error(ErrorKind::internal, "another"); });
                },
                ErrorKind::internal),
            "another");
}

}  // namespace
}  // namespace lockstep::test
