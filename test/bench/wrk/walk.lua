-- Walks over the bearer tokens in the file BENCH_TOKENS, a token a line: once and then stops (BENCH_ONCE), else again
-- and again. One thread only. What wrk sends between the last token and its end carries the last token once more.

local requests, at = {}, 0
local once, over = os.getenv("BENCH_ONCE"), false

function init()
    for token in io.lines(os.getenv("BENCH_TOKENS")) do
        requests[#requests + 1] = wrk.format(nil, nil, { ["Authorization"] = "Bearer " .. token })
    end
end

function request()
    at = at + 1
    if at > #requests then
        if once then
            if not over then os.execute("kill -INT $PPID") end -- to wrk, which then stops and counts
            over = true
            at = #requests
        else
            at = 1
        end
    end
    return requests[at]
end
