using System.CommandLine;
using System.Globalization;
using TreasureHunt.Cli.Api;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Ingress.Traces;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.Cli.Traces;

/// <summary>hunt trace: where one action's time went, and who worked on it.</summary>
public static class TraceCommand
{
    public static Command Create()
    {
        var action = new Argument<Guid>("action") { Description = "the actionId" };
        var hunt = new Option<string?>("--hunt") { Description = "slug of its hunt, when the same id was used in several" };
        var (name, json) = (BoxOptions.Name(), BoxOptions.Json());
        return new HuntCommand(
            "trace", "Shows one action's life: every stage with its time and who did it.", "./hunt trace 019ab2f4-7c1e-7d3a-9b52-3f0c6a1e8d47", async (parsed, cancel) =>
            {
                var api = HuntApi.For(Connections.Of(parsed.GetValue(name)!), "trace", Role.Operator);
                var trace = await api.TraceAsync(parsed.GetValue(hunt), parsed.GetValue(action), cancel);
                if (parsed.GetValue(json)) Screen.Json(trace);
                else Print(trace);
                return ExitCode.Ok;
            }) { action, hunt, name, json };
    }

    private static void Print(TraceReply trace)
    {
        Screen.Line($"{trace.Fact} of {trace.Actor} in {trace.Hunt}, version {trace.Version}, at {trace.At:u}"
            + (trace.Cause is { } cause ? $", replays {cause}" : ""));
        Screen.Line($"lane {trace.Lane}, accepted by {trace.Ingress}, decided by {trace.Processor} under settings version {trace.SettingsVersion} and definition version {trace.DefinitionVersion}");
        if (trace.Gone is { } gone)
        {
            Screen.Line($"The stage times are gone. {gone}");
            return;
        }
        Screen.Line($"{trace.EnvelopeActions} in its envelope, {trace.BatchActions} in its batch of {trace.BatchEnvelopes} envelopes");
        Screen.Table(
            ["stage", "from ms", "took ms", "share", "by"],
            trace.Stages.Select(stage => new[]
            {
                stage.Stage, Ms(stage.StartMs), Ms(stage.Ms), stage.Beside ? "beside" : Share(stage.Ms, trace.TotalMs!.Value), stage.By,
            }).Append(["total", "", Ms(trace.TotalMs!.Value), "", ""]));
    }

    private static string Share(double ms, double total) => (total > 0 ? ms / total : 0).ToString("0 %", CultureInfo.InvariantCulture);

    private static string Ms(double ms) => ms.ToString("0.000", CultureInfo.InvariantCulture);
}
