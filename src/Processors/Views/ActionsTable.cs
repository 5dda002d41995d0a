using System.Text.Json;
using JasperFx.Events;
using Marten;
using Marten.Events.Projections;
using NpgsqlTypes;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Processors.Views;

/// <summary>Folds a page of events into analysis.actions by one set-based statement.</summary>
public sealed class ActionsTable : IProjection
{
    private const string Upsert =
        """
        insert into analysis.actions (seq_id, hunt, version, at, fact, actor, action_id, team, treasure, hint, refusal, ordinal,
            points, bonus, cost, guess_mac, settings_version, definition_version, ingress, processor)
        select * from unnest(?::bigint[], ?::text[], ?::bigint[], ?::timestamptz[], ?::text[], ?::text[], ?::uuid[], ?::text[], ?::text[],
            ?::text[], ?::text[], ?::int[], ?::int[], ?::int[], ?::int[], ?::text[], ?::bigint[], ?::int[], ?::text[], ?::text[])
        on conflict (seq_id) do nothing
        """;

    public Task ApplyAsync(IDocumentOperations operations, IReadOnlyList<IEvent> events, CancellationToken cancellation)
    {
        var n = events.Count;
        var (seq, version, settings) = (new long[n], new long[n], new long[n]);
        var (hunt, fact, actor, ingress, processor) = (new string[n], new string[n], new string[n], new string[n], new string[n]);
        var (team, treasure, hint, refusal, mac) = (new string?[n], new string?[n], new string?[n], new string?[n], new string?[n]);
        var (ordinal, points, bonus, cost) = (new int?[n], new int?[n], new int?[n], new int?[n]);
        var (definition, at, action) = (new int[n], new DateTimeOffset[n], new Guid[n]);

        for (var i = 0; i < n; i++)
        {
            var data = (HuntFact)events[i].Data;
            var stamp = data.Stamp ?? throw new InvalidOperationException($"Event {events[i].Sequence} carries no stamp.");
            (seq[i], version[i], settings[i], definition[i]) = (events[i].Sequence, events[i].Version, stamp.SettingsVersion, stamp.DefinitionVersion);
            (hunt[i], fact[i], actor[i]) = (FactReader.HuntOf(events[i].StreamKey!), events[i].EventTypeName, stamp.Actor);
            (at[i], action[i], ingress[i], processor[i]) = (stamp.At.ToUniversalTime(), stamp.ActionId, stamp.Ingress, stamp.Processor);
            switch (data)
            {
                case TeamRegistered registered: team[i] = registered.Team; break;
                case TeamJoined joined: team[i] = joined.Team; break;
                case TreasureFound f:
                    (team[i], treasure[i], ordinal[i], points[i], bonus[i], mac[i]) = (f.Team, f.Treasure, f.Ordinal, f.Points, f.Bonus, f.GuessMac);
                    break;
                case AnswerWrong w: (team[i], treasure[i], cost[i], mac[i]) = (w.Team, w.Treasure, w.Penalty, w.GuessMac); break;
                case AnswerNear m: (team[i], treasure[i], mac[i]) = (m.Team, m.Treasure, m.GuessMac); break;
                case AnswerRepeated r: (team[i], treasure[i], mac[i]) = (r.Team, r.Treasure, r.GuessMac); break;
                case HintTaken h: (team[i], treasure[i], hint[i], cost[i]) = (h.Team, h.Treasure, h.Hint, h.Cost); break;
                case ActionRefused r:
                    (team[i], treasure[i], hint[i], refusal[i]) = (r.Team, r.Treasure, r.Hint, JsonNamingPolicy.KebabCaseLower.ConvertName(r.Code.ToString()));
                    break;
            }
        }
        operations.QueueSqlCommand(Upsert, seq, hunt, version, at, fact, actor, action, team, treasure, hint, refusal, ordinal,
            points, bonus, cost, mac, settings, definition, ingress, processor);
        return Task.CompletedTask;
    }
}
