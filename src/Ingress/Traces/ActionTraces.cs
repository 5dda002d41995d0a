using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Ingress.Lanes;
using TreasureHunt.Ingress.Views;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.ServiceDefaults.Stages;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Ingress.Traces;

/// <summary>Puts an action's life together: who and under what from the store, how long from what this ingress remembers.</summary>
public sealed class ActionTraces(FactReader facts, LaneWriters lanes, HuntViews views, HuntOptions options)
{
    /// <param name="hunt">null: whatever hunt it was for</param>
    /// <returns>null: nothing that the caller may see was decided under this id</returns>
    /// <exception cref="Npgsql.NpgsqlException">the store does not answer</exception>
    /// <exception cref="UnknownFactException">it came to a fact this build does not know</exception>
    public async Task<TraceReply?> FindAsync(Caller caller, Guid actionId, string? hunt, CancellationToken cancel)
    {
        var seesAll = caller.IsOrganiser || caller.Has(Role.Operator);
        foreach (var stored in await facts.ByActionIdAsync(actionId, hunt, cancel))
            if (seesAll || stored.Fact.Stamp!.Actor == caller.Subject) return Of(stored);
        return null;
    }

    private TraceReply Of(StoredAction stored)
    {
        var stamp = stored.Fact.Stamp!;
        var lane = lanes.Of(stored.Hunt);
        var trace = new TraceReply(
            stamp.ActionId, stored.Hunt, stored.Version, FactTypes.Of(stored.Fact).Name, stamp.Actor, stamp.At, lane.Lane, stamp.Ingress, stamp.Processor,
            stamp.SettingsVersion, stamp.DefinitionVersion, [], Cause: stamp.Cause);
        if (stamp.Ingress != options.Instance)
            return trace with { Gone = $"Stage times are remembered by the ingress that accepted the action, {stamp.Ingress}; this is {options.Instance}." };
        if (lane.Ledger.FindAnswered(new ActionKey(stored.Hunt, stamp.Actor, stamp.ActionId)) is not var (taken, life))
            return trace with { Gone = $"{options.Instance} remembers the last {AnsweredActions.MaxActionsPerLane} actions of a lane since it started; this is none of them." };
        if (life.Told is not { } told) return trace with { Gone = "The processor told no stage times with the outcome." };

        var stages = life.StagesOf(taken, views.FoldedAt(stored.Hunt, stored.Version));
        return trace with
        {
            Stages = [.. stages.Select(stage => new TraceStage(
                StageTimes.NameOf(stage.Stage), stage.AtIngress ? stamp.Ingress : stamp.Processor, Ms(stage.Start), Ms(stage.Took), stage.Beside))],
            TotalMs = Ms(stages.Where(stage => !stage.Beside).Aggregate(TimeSpan.Zero, (sum, stage) => sum + stage.Took)),
            EnvelopeActions = life.Actions, BatchActions = told.BatchActions, BatchEnvelopes = told.BatchEnvelopes,
        };
    }

    private static double Ms(TimeSpan time) => Math.Round(time.TotalMilliseconds, 3);
}
