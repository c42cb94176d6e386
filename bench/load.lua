-- Sends one request over and over, as bench/load.ts describes it in the environment, and prints the
-- rate, the 99th percentile in ms and the number of failures in one line.
wrk.method = os.getenv("BENCH_METHOD")
local body = os.getenv("BENCH_BODY")
if body ~= "" then wrk.body = body end
for line in string.gmatch(os.getenv("BENCH_HEADERS") or "", "[^\n]+") do
  local name, value = string.match(line, "^([^:]+): (.*)$")
  wrk.headers[name] = value
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  local rate = summary.requests / (summary.duration / 1000000)
  print(string.format("BENCH %.1f %.3f %d", rate, latency:percentile(99) / 1000, failed))
end
