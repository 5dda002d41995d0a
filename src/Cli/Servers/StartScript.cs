using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Cli.Servers;

/// <summary>
/// How a private server is started, as a small shell script beside its data: a restart runs it again, and people can read
/// what a server was told.
/// </summary>
public static class StartScript
{
    public static OwnedProcess WriteAndRun(
        string role, string folder, string logs, IEnumerable<KeyValuePair<string, string>> environment, params string[] command)
    {
        var lines = environment.Select(variable => $"export {variable.Key}={Quoted(variable.Value)}").Append($"exec {string.Join(' ', command.Select(Quoted))}");
        Box.WritePrivate(PathOf(role, folder), "#!/bin/sh\n" + string.Join('\n', lines) + "\n");
        return Run(role, folder, logs);
    }

    public static OwnedProcess Run(string role, string folder, string logs) =>
        Detached.Start(role, "/bin/sh", [PathOf(role, folder)], LogOf(role, logs), folder);

    /// <summary>The failure with the end of the server's log.</summary>
    public static CommandFailed Failed(CommandFailed failed, string role, string logs)
    {
        var log = LogOf(role, logs);
        return new CommandFailed(failed.Code, $"{failed.Message}\n{Detached.LastLines(log)}\n(log: {log})", failed);
    }

    private static string PathOf(string role, string folder) => Path.Combine(folder, $"start-{role}.sh");

    private static string LogOf(string role, string logs) => Path.Combine(logs, role + ".log");

    private static string Quoted(string text) => $"'{text.Replace("'", "'\\''")}'";
}
