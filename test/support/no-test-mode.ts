/** Loaded ahead of everything else by the processes of tests: libraries that know a test by its environment check less there, origins for example. */
delete process.env.TEST;
delete process.env.NODE_ENV;
