-- One chain of refresh tokens a thread, each with one connection: an answer holds the token of the next request.
-- BENCH_TOKENS names a file with a token a line; a thread takes the line of its number.

local threads = 0

function setup(thread)
    thread:set("number", threads) -- a global of that thread
    threads = threads + 1
end

function init()
    local line = 0
    for text in io.lines(os.getenv("BENCH_TOKENS")) do
        if line == number then token = text end
        line = line + 1
    end
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/json"
end

function request()
    return wrk.format(nil, nil, nil, '{"refreshToken":"' .. token .. '"}')
end

function response(status, headers, body)
    token = body:match('"refreshToken":"([^"]+)"') or token
end
