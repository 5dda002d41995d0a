using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.ServiceDefaults.Problems;

namespace TreasureHunt.Ingress.Actions;

/// <summary>Why a request is turned away before anything is accepted.</summary>
internal static class AcceptanceProblems
{
    public static Problem OutOfScope(Caller caller, string hunt) => Problem.Of(403, ProblemTypes.HuntOutOfScope, "Another hunt's token",
        $"The token is good for hunt '{caller.HuntScope}', not for '{hunt}'. Use a token of this hunt.");

    public static Problem HuntUnknown(string hunt) => Problem.Of(404, ProblemTypes.HuntUnknown, "Unknown hunt",
        $"There is no published hunt '{ActionChecks.Short(hunt)}'. Check the slug, or publish it first.");

    public static Problem StoreAway() => Problem.Of(503, ProblemTypes.StoreAway, "Store away",
        "The store does not answer. Nothing was accepted; try again.").Later(2);

    public static Problem TooFast(IngressSettings settings, TimeSpan wait) => Problem.Of(429, ProblemTypes.RateExceeded, "Too many actions",
        $"More than {settings.RateBurst} at once or {settings.RatePerSecond} actions a second to this hunt. Nothing was accepted; wait a little.")
        .Later(Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)));

    public static Problem LaneFull() => Problem.Of(503, ProblemTypes.LaneFull, "Too much waiting",
        "So many actions wait to be decided that no more are taken in. Nothing was accepted; try again.").Later(1);

    public static Problem ActionsFirst() => Problem.Of(503, ProblemTypes.ActionsFirst, "Actions come first",
        "So many actions wait to be taken in or decided that nobody can look at this hunt for the moment. Try again.").Later(1);

    public static Problem IngressFull() => Problem.Of(503, ProblemTypes.IngressFull, "Too many at once",
        "More requests arrive than can be taken in. Nothing was accepted; try again.").Later(1);

    public static Problem BrokerAway() => Problem.Of(503, ProblemTypes.BrokerAway, "Broker away",
        "The broker takes no messages. Nothing was accepted; try again.").Later(2);

    public static Problem NotConfirmed() => Problem.Of(503, ProblemTypes.BrokerAway, "Not confirmed",
        "The broker did not confirm in time, so it is not known whether the actions were taken. Send them again with the same actionIds: that has no second effect.").Later(2);

    public static Problem Conflict(Guid actionId) => Problem.Of(409, ProblemTypes.ActionConflict, "Same id, other body",
        "This actionId was used before with another body; nothing was stored.",
        new FieldError("actionId", $"{actionId} is taken.", "Send the first body again, or give the new action an id of its own."));

    /// <summary>The hunt said no to its organiser.</summary>
    public static Problem Refused(ActionRefused refused) =>
        Problem.Of(409, ProblemTypes.Refused, "Refused", Refusals.Sentence(refused.Code)) with { Code = RefusalCodeConverter.NameOf(refused.Code) };

    public static Problem Parked(ActionParked? parked) => Problem.Of(500, ProblemTypes.Parked, "Parked",
        $"The engine could not process this and kept it: {parked?.Cause ?? "the hunt stands still"}. See hunt parked list.");
}
