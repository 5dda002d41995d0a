using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Mvc;
using TreasureHunt.ConfigService.Fleet;
using TreasureHunt.ConfigService.Http;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.ServiceDefaults.OpenApi;

namespace TreasureHunt.ConfigService.Settings;

/// <summary>Changes that wait, over HTTP. Roles as in <see cref="SettingsEndpoints"/>; who approves must not be who proposed.</summary>
public static class ProposalEndpoints
{
    private static readonly JsonTypeInfo<WithdrawProposal> WithdrawBody = Requests.Strict<WithdrawProposal>();

    public static void MapProposals(this WebApplication app)
    {
        app.MapGroup("/settings/proposals").MayReadSettings().MapGet("", ListAsync)
            .WithName("listProposals").WithTags("Proposals").WithSummary("Changes that wait for their time or a second person, and values that go back")
            .Produces<SettingsPlans>().ProducesProblems(401, 403, 503);
        var change = app.MapGroup("/settings/proposals/{id:long}").RequireAuthorization(Policies.Operate)
            .WithMetadata(new RequestSizeLimitAttribute(Requests.MaxBodyBytes));
        change.MapPost("/approve", ApproveAsync)
            .WithName("approveProposal").WithTags("Proposals").WithSummary("The second person agrees; made at once unless it waits for its time")
            .Produces<SettingsProposal>().ProducesProblems(400, 401, 403, 404, 409, 503);
        change.MapPost("/withdraw", WithdrawAsync)
            .WithName("withdrawProposal").WithTags("Proposals").WithSummary("It is not to be made any more")
            .Accepts<WithdrawProposal>("application/json")
            .Produces<SettingsProposal>().ProducesProblems(400, 401, 403, 404, 409, 413, 503);
    }

    private static Task<IResult> ListAsync(HttpContext context, SettingsLog log, SettingsDue due, TimeProvider time, bool all = false) =>
        Answers.WithStoreAsync(async cancel =>
        {
            await log.ReadAsync(cancel);
            var situation = log.Situation;
            var returns = situation.Layers.Returns(time.GetUtcNow()).Select(ends => due.Overdue.TryGetValue(ends.Version, out var why) ? ends with { Overdue = why } : ends);
            return Answers.Of(
                new SettingsPlans([.. all ? situation.Proposals.All.Values : situation.Proposals.Open], [.. returns]), Wire.Default.SettingsPlans);
        }, context);

    private static Task<IResult> ApproveAsync(long id, HttpContext context, SettingsLog log, SettingsDue due, FleetKnowledge fleet, TimeProvider time) =>
        Answers.WithStoreAsync(async cancel =>
        {
            var who = Caller.Of(context.User)!.Subject;
            var facts = await fleet.LookAsync(cancel);
            var (decision, _) = await log.DecideAsync(situation => ProposalDecider.Approve(situation, id, who, facts, time.GetUtcNow()), cancel);
            if (decision is SettingsDecision.Planned) await due.RunDueAsync(cancel); // the answer says what became of it
            return As(decision, id, log);
        }, context);

    private static Task<IResult> WithdrawAsync(long id, HttpContext context, SettingsLog log, TimeProvider time) =>
        Answers.WithStoreAsync(async cancel =>
        {
            var (ask, unreadable) = await Requests.ReadAsync(context, WithdrawBody, "{ \"why\": \"the reason\" }", cancel);
            if (ask is null) return unreadable!;
            var who = Caller.Of(context.User)!.Subject;
            var (decision, _) = await log.DecideAsync(situation => ProposalDecider.Withdraw(situation, id, who, ask.Why, time.GetUtcNow()), cancel);
            return As(decision, id, log);
        }, context);

    private static IResult As(SettingsDecision decision, long id, SettingsLog log) =>
        decision is SettingsDecision.Planned or SettingsDecision.Pending
            ? Answers.Of(log.Situation.Proposals.All[id], Wire.Default.SettingsProposal)
            : Answers.Declined(decision);
}
