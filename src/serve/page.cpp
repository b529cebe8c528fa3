// SPDX-License-Identifier: Apache-2.0
#include "serve/page.h"

namespace lockstep {
namespace {

constexpr std::string_view kPage = R"html(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Lockstep</title>
<style>
  body { font: 16px/1.6 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
  textarea { width: 100%; box-sizing: border-box; font: inherit; padding: .6rem; }
  label { margin-right: 1rem; white-space: nowrap; }
  input { width: 5rem; font: inherit; }
  button { font: inherit; padding: .2rem 1.2rem; }
  #text { white-space: pre-wrap; border-left: 3px solid #888; padding-left: 1rem; min-height: 3rem; }
  #facts { color: #777; font-size: .9rem; }
</style>
<h1>Lockstep</h1>
<form id="form">
  <p><textarea id="prompt" rows="5" maxlength="4096" required></textarea></p>
  <p>
    <label><span data-zh="新词元">New tokens</span>
      <input id="max_new_tokens" type="number" min="1" max="1024" value="120"></label>
    <label><span data-zh="温度">Temperature</span>
      <input id="temperature" type="number" min="0.05" max="2" step="0.05" value="0.8"></label>
    <label>Top-k <input id="top_k" type="number" min="1" max="1000" value="40"></label>
    <label>Top-p <input id="top_p" type="number" min="0.05" max="1" step="0.05" value="0.9"></label>
    <label><span data-zh="种子">Seed</span>
      <input id="seed" type="number" min="0" max="9007199254740991"></label>
    <button id="go" data-zh="生成">Write</button>
  </p>
</form>
<p id="text"></p>
<p id="facts"></p>
<script>
  const at = (id) => document.getElementById(id);
  const isChinese = navigator.language.startsWith("zh");
  if (isChinese) {
    document.documentElement.lang = "zh";
    for (const part of document.querySelectorAll("[data-zh]")) part.textContent = part.dataset.zh;
  }
  const number = (id) => at(id).value === "" ? null : Number(at(id).value);

  function request() {
    const fields = { prompt: at("prompt").value, stream: true };
    for (const id of ["max_new_tokens", "temperature", "top_k", "top_p", "seed"])
      fields[id] = number(id);
    return fields;
  }

  function show(event) {
    if (event.delta !== undefined) at("text").textContent += event.delta;
    if (event.detail !== undefined) at("facts").textContent = event.detail;
    if (event.latency_ms === undefined) return;
    const seconds = event.latency_ms / 1000;
    at("facts").textContent = isChinese
      ? `${event.new_tokens} 个词元，${seconds.toFixed(1)} 秒，种子 ${event.seed}`
      : `${event.new_tokens} tokens, ${seconds.toFixed(1)} s, seed ${event.seed}`;
  }

  async function write() {
    const answer = await fetch("/v1/generate", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(request()),
    });
    if (!answer.ok) return show(await answer.json());
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let begun = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const events = (begun + value).split("\n\n");
      begun = events.pop();
      for (const event of events)
        if (event !== "data: [DONE]") show(JSON.parse(event.slice("data: ".length)));
    }
  }

  at("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    at("go").disabled = true;
    at("text").textContent = at("prompt").value;
    at("facts").textContent = "";
    try {
      await write();
    } catch (error) {
      at("facts").textContent = error.message;
    }
    at("go").disabled = false;
  });
</script>
</html>
)html";

}  // namespace

std::string_view page_text() { return kPage; }

}  // namespace lockstep
