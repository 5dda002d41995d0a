using Npgsql;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Cli.Servers;

/// <summary>A PostgreSQL of our own. It refuses to run as root: then it runs as <see cref="User"/>.</summary>
public static class PrivatePostgres
{
    public const string Role = "postgres";

    private static readonly TimeSpan InitLimit = TimeSpan.FromMinutes(2), StartLimit = TimeSpan.FromMinutes(2);

    /// <summary>Who runs it when we are root; null: nobody suitable exists.</summary>
    public static string? User { get; } = new[] { "postgres", "nobody" }.FirstOrDefault(user =>
        File.Exists("/etc/passwd") && File.ReadLines("/etc/passwd").Any(line => line.StartsWith(user + ":", StringComparison.Ordinal)));

    /// <returns>a connection string to the box's database</returns>
    public static async Task<string> StartAsync(ServerPrograms programs, ServerRequest request, string parent, CancellationToken cancel)
    {
        var data = Path.Combine(parent, "postgres");
        var user = Environment.IsPrivilegedProcess ? User : null;
        if (!File.Exists(Path.Combine(data, "PG_VERSION"))) await InitAsync(programs, request, data, user, cancel);

        var port = Ports.Free(1)[0];
        await File.WriteAllTextAsync(Path.Combine(data, "postgresql.conf"), Configuration(port), cancel);
        string[] command = [.. user is null ? [] : Detached.As(user), Path.Combine(programs.Postgres, "postgres"), "-D", data];
        var process = StartScript.WriteAndRun(Role, parent, request.Logs, new Dictionary<string, string>(), command);
        request.Started(process);

        var server = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1", Port = port, Username = ServerRequest.User, Password = request.Password, Database = "postgres",
        };
        try
        {
            await Answers.PostgresAsync(server.ConnectionString, StartLimit, () => process.IsAlive, cancel);
        }
        catch (CommandFailed failed)
        {
            throw StartScript.Failed(failed, Role, request.Logs);
        }
        await CreateDatabaseAsync(server.ConnectionString, cancel);
        server.Database = ServerRequest.Database;
        return server.ConnectionString;
    }

    private static async Task InitAsync(ServerPrograms programs, ServerRequest request, string data, string? user, CancellationToken cancel)
    {
        // The password file lies in the data folder's place until initdb has read it: the other user must be able to.
        var passwordFile = data + ".password";
        Box.WritePrivate(passwordFile, request.Password + "\n");
        Directory.CreateDirectory(data, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        try
        {
            if (user is not null) await MustAsync("chown", [user, passwordFile, data], data, cancel);
            string[] init =
            [
                Path.Combine(programs.Postgres, "initdb"), "-D", data, "-U", ServerRequest.User, $"--pwfile={passwordFile}",
                "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync",
            ];
            if (user is not null) init = [.. Detached.As(user), .. init];
            await MustAsync(init[0], init[1..], data, cancel);
        }
        finally
        {
            File.Delete(passwordFile);
        }
    }

    private static async Task MustAsync(string program, string[] arguments, string folder, CancellationToken cancel)
    {
        var result = await Programs.RunAsync(program, arguments, InitLimit, cancel, folder: Path.GetDirectoryName(folder));
        if (!result.Ok) throw new CommandFailed(ExitCode.NotProvisioned, $"PostgreSQL's data folder {folder} could not be made:\n{result.Said}");
    }

    /// <summary>The whole file, so that one look shows how the server runs.</summary>
    private static string Configuration(int port) =>
        string.Join('\n', PostgresTuning.Settings.Select(setting => $"{setting.Name} = {setting.Value}").Concat(
        [
            "listen_addresses = '127.0.0.1'",
            $"port = {port}",
            "unix_socket_directories = ''",
            "password_encryption = 'scram-sha-256'",
            "",
        ]));

    private static async Task CreateDatabaseAsync(string connectionString, CancellationToken cancel)
    {
        await using var data = NpgsqlDataSource.Create(connectionString + ";Pooling=false");
        await using var exists = data.CreateCommand($"select 1 from pg_database where datname = '{ServerRequest.Database}'");
        if (await exists.ExecuteScalarAsync(cancel) is not null) return;
        await using var create = data.CreateCommand($"create database {ServerRequest.Database}");
        await create.ExecuteNonQueryAsync(cancel);
    }
}
