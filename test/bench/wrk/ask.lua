-- One request over and over. BENCH_TOKEN: a bearer token. BENCH_COOKIE: a cookie. BENCH_BODY: a POST of this JSON, in
-- which %d is a random number below BENCH_USERS. BENCH_DELAY_MS: wait that long on average before each request.

local token, cookie = os.getenv("BENCH_TOKEN"), os.getenv("BENCH_COOKIE")
local body, users = os.getenv("BENCH_BODY"), tonumber(os.getenv("BENCH_USERS") or "")
local pause = tonumber(os.getenv("BENCH_DELAY_MS") or "")

if token then wrk.headers["Authorization"] = "Bearer " .. token end
if cookie then wrk.headers["Cookie"] = cookie end
if body then
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/json"
    wrk.body = body
end

if body and users then
    local number = 0

    function setup(thread)
        thread:set("seed", os.time() + number)
        number = number + 1
    end

    function init()
        math.randomseed(seed)
    end

    function request()
        return wrk.format(nil, nil, nil, (body:gsub("%%d", math.random(0, users - 1))))
    end
end

-- Defined only where it is wanted: wrk asks no clock for those who do not wait.
if pause then
    function delay()
        return math.random(0, 2 * pause)
    end
end
