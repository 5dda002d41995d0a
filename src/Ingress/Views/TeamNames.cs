using Npgsql;
using NpgsqlTypes;
using TreasureHunt.ServiceDefaults.Memory;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Ingress.Views;

/// <summary>
/// What people call the teams. Names are not in the stream so that they can be erased; here they live a minute at most. Asked for are those that are shown, not
/// a hunt's all, and by one at a time for a hunt, however many look. A team that is shown was stored with its name: one without was erased, and is not looked for
/// sooner than the others. Thread-safe.
/// </summary>
public sealed class TeamNames(NpgsqlDataSource data, StoreCalls calls, TimeProvider clock, ILogger<TeamNames> log)
{
    public const int MaxNamesPerGeneration = 100_000;
    public static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(1);

    private readonly TwoGenerations<(string Hunt, string Team), Known> _known = new(MaxNamesPerGeneration);
    private readonly LookUps<string, bool> _lookUps = new(StringComparer.Ordinal); // by hunt

    /// <summary>Names by team; a team without one is left out. An unreachable store costs names, never the board.</summary>
    public async ValueTask<IReadOnlyDictionary<string, string>> OfAsync(string hunt, IReadOnlyCollection<string> teams, CancellationToken cancel)
    {
        while (true)
        {
            var (named, unknown) = Find(hunt, teams);
            if (unknown is null) return named;
            var found = await _lookUps.JoinAsync(hunt, () => LookUpAsync(hunt, unknown), out var began).WaitAsync(cancel);
            if (!found || began) return Find(hunt, teams).Named;
        }
    }

    private (Dictionary<string, string> Named, List<string>? Unknown) Find(string hunt, IReadOnlyCollection<string> teams)
    {
        var named = new Dictionary<string, string>(teams.Count, StringComparer.Ordinal);
        List<string>? unknown = null;
        foreach (var team in teams)
        {
            if (!_known.TryGet((hunt, team), out var known) || clock.GetElapsedTime(known.ReadAt) >= KeptFor) (unknown ??= []).Add(team);
            else if (known.Name is not null) named[team] = known.Name;
        }
        return (named, unknown);
    }

    /// <returns>false: the store does not answer</returns>
    private async Task<bool> LookUpAsync(string hunt, List<string> teams)
    {
        try
        {
            var asked = clock.GetTimestamp();
            var read = await calls.RepeatableAsync(
                static (call, attempt) => ReadAsync(call.Data, call.Hunt, call.Teams, attempt), (Data: data, Hunt: hunt, Teams: teams), CancellationToken.None);
            foreach (var team in teams) _known.Set((hunt, team), new Known(read.GetValueOrDefault(team), asked));
            return true;
        }
        catch (NpgsqlException e)
        {
            log.LogWarning("The names of hunt {Hunt}'s teams could not be read: {Error}", hunt, e.Message);
            return false;
        }
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
