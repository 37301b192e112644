-- Walks over the bearer tokens in the file BENCH_TOKENS, a token a line: once and then stops (BENCH_ONCE), else again
-- and again. One thread only. What wrk sends between the last token and its end carries the last token once more.

local requests, at = {}, 0
local once = os.getenv("BENCH_ONCE")

function init()
    for token in io.lines(os.getenv("BENCH_TOKENS")) do
        requests[#requests + 1] = wrk.format(nil, nil, { ["Authorization"] = "Bearer " .. token })
    end
end

function request()
    at = at + 1
    if at > #requests then
        if once then
            wrk.thread:stop()
            at = #requests
        else
            at = 1
        end
    end
    return requests[at]
end
