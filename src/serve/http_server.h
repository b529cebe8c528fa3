// SPDX-License-Identifier: Apache-2.0
// Brings the requests of HTTP clients to a service, and its answers back.
#pragma once

#include <memory>
#include <string>

#include "serve/text_service.h"

namespace lockstep {

class HttpServer {
 public:
  // Answers from now on, on threads of its own. `port` 0: any that is free. The service outlives
  // the server. Throws Error(usage) where the port cannot be had.
  HttpServer(TextService& service, const std::string& host, int port);
  // Waits for the answers that are being given.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const { return port_; }

 private:
  struct Library;

  TextService& service_;
  std::unique_ptr<Library> library_;
  int port_ = 0;
};

}  // namespace lockstep
