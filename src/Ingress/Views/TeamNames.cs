using Npgsql;
using NpgsqlTypes;
using TreasureHunt.ServiceDefaults.Memory;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Ingress.Views;

/// <summary>
/// What people call the teams. Names are not in the stream so that they can be erased; here they live a minute at most. Asked for are those that are shown, not
/// a hunt's all. Thread-safe.
/// </summary>
public sealed class TeamNames(NpgsqlDataSource data, StoreCalls calls, TimeProvider clock, ILogger<TeamNames> log)
{
    public const int MaxNamesPerGeneration = 100_000;
    public static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(1);

    /// <summary>A team without a name, one that has just registered, is looked up again no more often than this.</summary>
    public static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(500);

    private readonly TwoGenerations<(string Hunt, string Team), Known> _known = new(MaxNamesPerGeneration);

    /// <summary>Names by team; a team without one is left out. An unreachable store costs names, never the board.</summary>
    public async ValueTask<IReadOnlyDictionary<string, string>> OfAsync(string hunt, IReadOnlyCollection<string> teams, CancellationToken cancel)
    {
        var byTeam = new Dictionary<string, string>(teams.Count, StringComparer.Ordinal);
        List<string>? asked = null;
        foreach (var team in teams)
        {
            if (_known.TryGet((hunt, team), out var known) && clock.GetElapsedTime(known.ReadAt) < (known.Name is null ? LookAgain : KeptFor))
            {
                if (known.Name is not null) byTeam[team] = known.Name;
            }
            else
            {
                (asked ??= []).Add(team);
            }
        }
        if (asked is null) return byTeam;
        try
        {
            var read = await calls.RepeatableAsync(
                static (call, attempt) => ReadAsync(call.Data, call.Hunt, call.Asked, attempt), (Data: data, Hunt: hunt, Asked: asked), cancel);
            var now = clock.GetTimestamp();
            foreach (var team in asked)
            {
                var name = read.GetValueOrDefault(team);
                _known.Set((hunt, team), new Known(name, now));
                if (name is not null) byTeam[team] = name;
            }
        }
        catch (NpgsqlException e)
        {
            log.LogWarning("The names of hunt {Hunt}'s teams could not be read: {Error}", hunt, e.Message);
        }
        return byTeam;
    }

    private static async ValueTask<Dictionary<string, string>> ReadAsync(NpgsqlDataSource data, string hunt, List<string> teams, CancellationToken cancel)
    {
        await using var command = data.CreateCommand("select team, name from hunts.team_names where hunt = $1 and team = any($2)");
        command.Parameters.AddWithValue(NpgsqlDbType.Text, hunt);
        command.Parameters.AddWithValue(NpgsqlDbType.Array | NpgsqlDbType.Text, teams);
        var byTeam = new Dictionary<string, string>(StringComparer.Ordinal);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) byTeam[rows.GetString(0)] = rows.GetString(1);
        return byTeam;
    }

    private readonly record struct Known(string? Name, long ReadAt);
}
