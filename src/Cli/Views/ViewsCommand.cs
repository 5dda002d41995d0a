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
            $"Empties the analysts' tables and folds them again, as far as they were. The engine goes on playing; whoever reads them waits. Of a box, or of the store that {EnvironmentServers.PostgresVariable} names.",
            "./hunt views rebuild",
            async (parsed, cancel) =>
            {
                var connection = Environment.GetEnvironmentVariable(EnvironmentServers.PostgresVariable) is { Length: > 0 } named
                    ? named
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
            var folded = await Screen.StepAsync("analysis.actions", () => ActionsTable.RebuildAsync(data, cancel));
            Screen.Line($"{folded:#,0} events folded.");
        }
        catch (PostgresException missing) when (missing.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
        {
            throw new CommandFailed(ExitCode.NotProvisioned, "The store has no schema yet. Run ./hunt up, or ./hunt migrate on your own servers.", missing);
        }
        catch (Exception away) when (away is NpgsqlException or ArgumentException)
        {
            throw new CommandFailed(ExitCode.Failed, $"The store does not do it: {away.Message}", away);
        }
    }
}
