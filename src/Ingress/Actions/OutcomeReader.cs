using Npgsql;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Ingress.Http;
using TreasureHunt.Ingress.Lanes;
using TreasureHunt.ServiceDefaults.Problems;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Ingress.Actions;

/// <summary>Answers what became of actions: from the outcomes that come back, and from the store where they passed us by.</summary>
public sealed class OutcomeReader(FactReader facts, LaneWriters lanes, TimeProvider clock, ILogger<OutcomeReader> log)
{
    private const int RetryAfterSeconds = 1;

    /// <summary>Waits until the submission is decided: 200; or as long as the sender likes to wait: 202 with what is pending.</summary>
    internal async Task AnswerAsync(HttpContext context, Admission admission, Submission submission, bool isArray, TimeSpan wait)
    {
        var outcomes = await WaitAsync(submission, wait, context.RequestAborted);
        if (!isArray && outcomes[0] is { Status: OutcomeStatus.Conflict } conflict)
        {
            await AcceptanceProblems.Conflict(conflict.ActionId).WriteAsync(context);
            return;
        }
        var replies = new ActionReply[submission.Count];
        var (pending, version) = (false, 0L);
        for (var i = 0; i < replies.Length; i++)
        {
            pending |= outcomes[i] is null;
            version = Math.Max(version, outcomes[i]?.Version ?? 0);
            replies[i] = outcomes[i] is { } outcome
                ? ActionReply.Of(outcome, admission.Definition)
                : ActionReply.Pending(submission.Actions[i].Action.ActionId);
        }
        context.Response.Headers["Preference-Applied"] = $"wait={(int)wait.TotalSeconds}";
        var status = pending ? 202 : 200;
        if (isArray) await Reply.WriteAsync(context, status, replies, ReplyJson.Default.ActionReplyArray, version > 0 ? version : null);
        else await Reply.WriteAsync(context, status, replies[0], ReplyJson.Default.ActionReply, version > 0 ? version : null);
    }

    /// <summary>The outcomes in the order of the actions; null: not decided yet, or not to be learned now.</summary>
    internal async Task<IReadOnlyList<Outcome?>> WaitAsync(Submission submission, TimeSpan wait, CancellationToken cancel)
    {
        try
        {
            var outcomes = await submission.Decided.WaitAsync(wait, clock, cancel);
            for (var i = 0; i < outcomes.Count; i++)
                if (outcomes[i] is null) return await FromStoreAsync(submission, outcomes, cancel);
            return outcomes;
        }
        catch (TimeoutException)
        {
            return new Outcome?[submission.Count];
        }
    }

    /// <summary>One action by its key: pending, decided, or 404 not-known-yet.</summary>
    internal async Task AnswerAsync(HttpContext context, ActionKey key, HuntDefinition definition)
    {
        if (lanes.Of(key.Hunt).Ledger.IsPending(key))
        {
            await Reply.WriteAsync(context, 200, ActionReply.Pending(key.ActionId), ReplyJson.Default.ActionReply);
            return;
        }
        try
        {
            var id = ActionIds.EventId(key.Hunt, key.Actor, key.ActionId);
            var found = await facts.ByEventIdAsync([id], context.RequestAborted);
            if (found.TryGetValue(id, out var stored))
            {
                var reply = ActionReply.Of(Outcome.Of(key.Hunt, stored.Version, stored.Fact), definition);
                await Reply.WriteAsync(context, 200, reply, ReplyJson.Default.ActionReply, stored.Version);
                return;
            }
            await Problem.Of(404, ProblemTypes.ActionNotKnownYet, "Not known yet",
                    "No action of yours with this id has been decided. If you have just sent it, ask again; if you do not know whether you sent it, send it again with the same id.")
                .Later(RetryAfterSeconds).WriteAsync(context);
        }
        catch (NpgsqlException e)
        {
            log.LogWarning("The store could not be asked for an action: {Error}", e.Message);
            await AcceptanceProblems.StoreAway().WriteAsync(context);
        }
    }

    private async Task<IReadOnlyList<Outcome?>> FromStoreAsync(Submission submission, IReadOnlyList<Outcome?> known, CancellationToken cancel)
    {
        var outcomes = new Outcome?[known.Count];
        var ids = new Guid[known.Count];
        for (var i = 0; i < ids.Length; i++)
        {
            outcomes[i] = known[i];
            var action = submission.Actions[i];
            ids[i] = ActionIds.EventId(action.Hunt, action.Actor, action.Action.ActionId);
        }
        try
        {
            var found = await facts.ByEventIdAsync(ids, cancel);
            for (var i = 0; i < ids.Length; i++)
            {
                if (outcomes[i] is not null || !found.TryGetValue(ids[i], out var stored)) continue;
                var action = submission.Actions[i];
                outcomes[i] = stored.Fact.Stamp?.Fingerprint == action.Fingerprint
                    ? Outcome.Of(action.Hunt, stored.Version, stored.Fact)
                    : new Outcome(action.Action.ActionId, action.Hunt, action.Actor, OutcomeStatus.Conflict, 0, null);
            }
        }
        catch (NpgsqlException e)
        {
            log.LogWarning("The store could not be asked for outcomes that passed by: {Error}", e.Message);
        }
        return outcomes;
    }
}
