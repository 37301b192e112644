-- Walks over the bearer tokens in the file BENCH_TOKENS, a token a line: once and then stops (BENCH_ONCE), else again
-- and again. BENCH_PIPELINE of them go into one message; what is left over is left out. One thread only. What wrk sends
-- between the last token and its end carries the last ones once more.

local requests, at = {}, 0
local pipeline = tonumber(os.getenv("BENCH_PIPELINE") or "1")
local once, over = os.getenv("BENCH_ONCE"), false

function init()
    local message = {}
    for token in io.lines(os.getenv("BENCH_TOKENS")) do
        message[#message + 1] = wrk.format(nil, nil, { ["Authorization"] = "Bearer " .. token })
        if #message == pipeline then
            requests[#requests + 1] = table.concat(message)
            message = {}
        end
    end
end

function request()
    at = at + 1
    if at > #requests then
        if once then
            if not over then
                -- The loop ends here, and wrk, which sleeps, is woken by the signal to count.
                os.execute("(sleep 0.2; kill -INT $PPID) >/dev/null 2>&1 &")
                wrk.thread:stop()
                over = true
            end
            at = #requests
        else
            at = 1
        end
    end
    return requests[at]
end
