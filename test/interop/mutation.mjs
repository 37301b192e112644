// Changes of JSON texts, drawn by random numbers that are the same in every run.

// Returns next(below): an integer from 0 to below - 1.
export function numbers(seed) {
    let state = seed;
    return (below) => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        return (state >>> 8) % below;
    };
}

const kPieces = ['"', '\\', ',', ':', '{', '}', '[', ']', ' ', '\t', '\n', '0', '1', '-', '.', 'e',
    '+', 'null', 'true', '//', 'x', '\\u0000', '\\u0061', '\\ud800', '\u0000', '\u001f', '\u00e9',
    '\ufeff', '\u2028'];
const kValues = [null, true, false, 0, -1, 1.5, 1e21, 2 ** 53, '', 'none', 'JWT', 'jwt', 'at+jwt', [],
    {}, [null], ['a'], { a: 1 }, 'x'.repeat(300)];
const kNames = ['alg', 'typ', 'kid', 'crit', 'b64', 'zip', 'cty', 'jwk', 'jku', 'iss', 'sub', 'aud',
    'exp', 'nbf', 'iat', 'jti', 'x'];

const pick = (list, next) => list[next(list.length)];

// One character or piece of the text put in, replaced or taken away.
function edit(text, next) {
    const place = next(text.length);
    const kind = next(3);
    return text.slice(0, place) + (kind === 2 ? '' : pick(kPieces, next)) +
        text.slice(kind === 0 ? place : place + 1);
}

// One member with another value, without it, or one more.
function change(text, next) {
    const object = JSON.parse(text);
    const name = pick([...Object.keys(object), pick(kNames, next)], next);
    if (next(4) === 0) {
        delete object[name];
    } else {
        object[name] = typeof object[name] === 'number' && next(2) === 0
            ? object[name] + 1000 - next(2000) : pick(kValues, next);
    }
    return JSON.stringify(object);
}

// One member twice, with the same value or another, its name perhaps spelt with an escape.
function repeat(text, next) {
    const object = JSON.parse(text);
    const name = pick(Object.keys(object), next);
    const value = next(2) === 0 ? object[name] : pick(kValues, next);
    const code = name.charCodeAt(0).toString(16).padStart(4, '0');
    const spelt = next(2) === 0 ? JSON.stringify(name) : `"\\u${code}${name.slice(1)}"`;
    const member = `${spelt}:${JSON.stringify(value)}`;
    return next(2) === 0 ? `{${member},${text.slice(1)}` : `${text.slice(0, -1)},${member}}`;
}

// The text of a JSON object after one or two changes.
export function mutated(text, next) {
    const one = pick([edit, change, change, repeat], next)(text, next);
    return next(3) === 0 && one.length > 0 ? edit(one, next) : one;
}
