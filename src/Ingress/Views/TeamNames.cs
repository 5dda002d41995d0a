using Npgsql;
using NpgsqlTypes;
using TreasureHunt.ServiceDefaults.Memory;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Ingress.Views;

/// <summary>
/// What people call the teams. Names are not in the stream so that they can be erased; here they live a minute at most.
/// Thread-safe.
/// </summary>
public sealed class TeamNames(NpgsqlDataSource data, StoreCalls calls, TimeProvider clock, ILogger<TeamNames> log)
{
    public const int MaxHuntsPerGeneration = 500, MaxNamesPerHunt = 50_000;
    public static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(1);

    /// <summary>A team that has just registered is looked up again no more often than this.</summary>
    public static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(500);

    private readonly TwoGenerations<string, Names> _names = new(MaxHuntsPerGeneration, StringComparer.Ordinal);

    /// <summary>Names by team; a team without one is left out. An unreachable store costs names, never the board.</summary>
    public async ValueTask<IReadOnlyDictionary<string, string>> OfAsync(string hunt, IEnumerable<string> teams, CancellationToken cancel)
    {
        if (_names.TryGet(hunt, out var known))
        {
            var age = clock.GetElapsedTime(known.ReadAt);
            if (age < LookAgain || (age < KeptFor && teams.All(known.ByTeam.ContainsKey))) return known.ByTeam;
        }
        try
        {
            var byTeam = await calls.RepeatableAsync(static (call, attempt) => ReadAsync(call.Data, call.Hunt, attempt), (Data: data, Hunt: hunt), cancel);
            known = new Names(byTeam, clock.GetTimestamp());
            _names.Set(hunt, known);
        }
        catch (NpgsqlException e)
        {
            log.LogWarning("The names of hunt {Hunt}'s teams could not be read: {Error}", hunt, e.Message);
        }
        return known?.ByTeam ?? [];
    }

    private static async ValueTask<Dictionary<string, string>> ReadAsync(NpgsqlDataSource data, string hunt, CancellationToken cancel)
    {
        await using var command = data.CreateCommand("select team, name from hunts.team_names where hunt = $1 limit $2");
        command.Parameters.AddWithValue(NpgsqlDbType.Text, hunt);
        command.Parameters.AddWithValue(NpgsqlDbType.Integer, MaxNamesPerHunt);
        var byTeam = new Dictionary<string, string>(StringComparer.Ordinal);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) byTeam[rows.GetString(0)] = rows.GetString(1);
        return byTeam;
    }

    private sealed record Names(Dictionary<string, string> ByTeam, long ReadAt);
}
