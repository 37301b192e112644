// Sign-up, login and a protected page as tutorials write them: Express, bcrypt, jsonwebtoken, PostgreSQL.
import bcrypt from "bcrypt";
import express from "express";
import jwt from "jsonwebtoken";
import pg from "pg";

const { PORT, DATABASE_URL, SECRET } = process.env;
const ROUNDS = 10;
const pool = new pg.Pool({ connectionString: DATABASE_URL });
await pool.query(`create table if not exists users (
    id serial primary key, username text unique not null, password text not null)`);

const app = express();
app.use(express.json());

app.get("/up", (_request, response) => response.send("up"));

app.post("/signup", async (request, response) => {
    const { username, password } = request.body;
    const hash = await bcrypt.hash(password, ROUNDS);
    await pool.query("insert into users (username, password) values ($1, $2)", [username, hash]);
    response.json({ username });
});

app.post("/login", async (request, response) => {
    const { username, password } = request.body;
    const found = await pool.query("select * from users where username = $1", [username]);
    const user = found.rows[0];
    if (!user || !(await bcrypt.compare(password, user.password))) {
        return response.status(401).json({ message: "wrong username or password" });
    }
    response.json({ token: jwt.sign({ sub: user.id, username }, SECRET, { expiresIn: "1h" }) });
});

function authenticate(request, response, next) {
    const token = request.headers.authorization?.split(" ")[1];
    jwt.verify(token ?? "", SECRET, (error, user) => {
        if (error) {
            return response.sendStatus(401);
        }
        request.user = user;
        next();
    });
}

app.get("/me", authenticate, (request, response) => response.json(request.user));

app.listen(Number(PORT), "127.0.0.1");
