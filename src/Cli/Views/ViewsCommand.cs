using System.CommandLine;
using Npgsql;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Cli.Servers;
using TreasureHunt.Processors.Views;

namespace TreasureHunt.Cli.Views;

/// <summary>hunt views …: the analysts' tables.</summary>
public static class ViewsCommand
{
    public static Command Create() => new HuntCommand("views", "Makes the analysts' tables (analysis.*) anew from the events.", "./hunt views rebuild") { Rebuild() };

    private static Command Rebuild()
    {
        var name = BoxOptions.Name();
        return new HuntCommand(
            "rebuild",
            $"Empties the analysts' tables and folds them again, as far as they were. The engine goes on playing; whoever reads them waits, and a pg_dump begun meanwhile finds them empty. Of the store that {EnvironmentServers.PostgresVariable} names, or of a box.",
            "./hunt views rebuild",
            async (parsed, cancel) =>
            {
                var connection = parsed.GetResult(name) is not { Implicit: false } && Environment.GetEnvironmentVariable(EnvironmentServers.PostgresVariable) is { Length: > 0 } store
                    ? store
                    : Box.Load(parsed.GetValue(name)!).Servers?.Postgres ?? throw new CommandFailed(ExitCode.NotProvisioned, "The box has no servers yet: start it with ./hunt up");
                await RunAsync(connection, cancel);
                return ExitCode.Ok;
            }) { name };
    }

    private static async Task RunAsync(string connection, CancellationToken cancel)
    {
        try
        {
            await using var data = NpgsqlDataSource.Create(connection);
            var at = new NpgsqlConnectionStringBuilder(connection);
            Screen.Note($"database {at.Database} at {at.Host}:{at.Port}");
            var folded = await Screen.StepAsync("analysis.actions", () => ActionsTable.RebuildAsync(data, cancel));
            Screen.Line($"{folded:#,0} events folded.");
        }
        catch (PostgresException missing) when (missing.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
        {
            throw new CommandFailed(ExitCode.NotProvisioned, "The store has no schema yet. Run ./hunt up, or ./hunt migrate on your own servers.", missing);
        }
        catch (PostgresException busy) when (busy.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            throw new CommandFailed(ExitCode.Failed, "Somebody has been at the tables for half a minute (a long query, a dump, or a daemon that folds much at once). Nothing was changed: try again when that is over.", busy);
        }
        catch (Exception away) when (away is NpgsqlException or ArgumentException)
        {
            throw new CommandFailed(ExitCode.Failed, $"The store does not do it: {away.Message}", away);
        }
    }
}
