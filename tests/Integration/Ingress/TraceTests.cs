using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.Tests.Integration.Ingress;

/// <summary>Where the time of an action went, through the whole engine.</summary>
public sealed class TraceTests(WholeEngine engine) : IClassFixture<WholeEngine>
{
    [Fact]
    public async Task An_actions_trace_has_every_stage_in_order_and_they_add_up()
    {
        const string hunt = "traced";
        var (ada, id) = await PlayAsync(hunt);
        var trace = await TraceAsync(id, $"/hunts/{hunt}/actions/{id}/trace", ada);

        Assert.Equal(
            ("team-registered", "ada", "ingress-1", "processor-1", 2, 1, 1),
            ((string?)trace["fact"], (string?)trace["actor"], (string?)trace["ingress"], (string?)trace["processor"], (int?)trace["version"], (int?)trace["definitionVersion"], (int?)trace["envelopeActions"]));
        Assert.Equal(0, (int?)trace["settingsVersion"]);
        var stages = trace["stages"]!.AsArray().Select(stage => stage!).ToList();
        Assert.All(stages, stage => Assert.True((double)stage["ms"]! >= 0 && (double)stage["startMs"]! >= 0, stage.ToJsonString()));

        var line = stages.Where(stage => !(bool)stage["beside"]!).ToList();
        Assert.Equal(["accepted", "settings", "queued", "waiting", "settings", "decided", "committed", "answered"], line.Select(stage => (string?)stage["stage"]));
        Assert.Equal(
            ["ingress-1", "ingress-1", "processor-1", "processor-1", "processor-1", "processor-1", "processor-1", "ingress-1"], line.Select(stage => (string?)stage["by"]));
        var end = 0.0;
        foreach (var stage in line)
        {
            Assert.Equal(end, (double)stage["startMs"]!, tolerance: 0.01);
            end += (double)stage["ms"]!;
        }
        Assert.Equal((double)trace["totalMs"]!, end, tolerance: 0.01);
        Assert.InRange(end, 0.1, 10_000);
        Assert.True((double)line.Single(stage => (string?)stage["stage"] == "committed")["ms"]! > 0);
        Assert.Equal(["confirmed", "visible"], stages.Where(stage => (bool)stage["beside"]!).Select(stage => (string?)stage["stage"]));
    }

    [Fact]
    public async Task A_trace_is_for_its_actor_for_organisers_and_for_operators()
    {
        const string hunt = "traced-roles";
        var (_, id) = await PlayAsync(hunt);
        var path = $"/hunts/{hunt}/actions/{id}/trace";
        Assert.Equal(HttpStatusCode.NotFound, (await engine.Ingress.GetAsync(path, engine.Player("eve"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await engine.Ingress.GetAsync(path, engine.Organiser)).StatusCode);
        var operating = engine.Ingress.Token("op", Role.Operator);
        Assert.Equal(HttpStatusCode.OK, (await engine.Ingress.GetAsync(path, operating)).StatusCode);
        Assert.Equal(hunt, (string?)(await TraceAsync(id, $"/actions/{id}/trace", operating))["hunt"]);
        Assert.Equal(HttpStatusCode.Forbidden, (await engine.Ingress.GetAsync($"/actions/{id}/trace", engine.Organiser)).StatusCode);

        var unknown = await engine.Ingress.GetAsync($"/hunts/{hunt}/actions/{Guid.CreateVersion7()}/trace", engine.Organiser);
        Assert.Equal((HttpStatusCode.NotFound, "1"), (unknown.StatusCode, unknown.Headers.RetryAfter!.ToString()));
    }

    [Fact]
    public async Task An_action_this_ingress_does_not_remember_is_told_from_the_store_alone()
    {
        const string hunt = "traced-elsewhere";
        await engine.PublishAsync(Published.Definition(hunt));
        var id = Guid.CreateVersion7();
        await Published.FactAsync(engine.Options, hunt, 2, Contracts.Actions.ActionIds.EventId(hunt, "ada", id),
            new Contracts.Facts.HuntPaused { Stamp = Published.Stamp(id, "ada") });
        var trace = await TraceAsync(id, $"/hunts/{hunt}/actions/{id}/trace", engine.Player("ada"));
        Assert.Equal(("hunt-paused", "test", 2), ((string?)trace["fact"], (string?)trace["processor"], (int?)trace["version"]));
        Assert.Empty(trace["stages"]!.AsArray());
        Assert.Contains("remembered by the ingress that accepted the action", (string?)trace["gone"]);
    }

    [Fact]
    public async Task Whoever_collects_spans_sees_the_same_stages_below_the_envelope_and_the_view_below_its_batch()
    {
        const string hunt = "traced-spans";
        var ended = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "TreasureHunt" or "Microsoft.AspNetCore", // both, as a collector's exporter does
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using var request = new Activity("request").Start(); // others play beside us: ours are linked to this
        var (ada, id) = await PlayAsync(hunt);
        await Eventually.TrueAsync(() => Envelope() is { } sent && Below(sent).Count() == 9
            && Batch(sent) is { } committed && Below(committed).Any(span => span.DisplayName == "visible"));
        var (envelope, batch) = (Envelope()!, Batch(Envelope()!)!);
        Assert.NotEqual(envelope.TraceId, batch.TraceId);
        foreach (var root in new[] { envelope, batch }) Assert.All(Below(root), span => Assert.Equal(root.SpanId, span.ParentSpanId));
        Assert.Equal((1, 1), (envelope.GetTagItem("hunt.envelope.actions"), batch.GetTagItem("hunt.batch.actions")));

        var stages = (await TraceAsync(id, $"/hunts/{hunt}/actions/{id}/trace", ada))["stages"]!.AsArray()
            .Select(stage => ((string)stage!["stage"]!, (double)stage["ms"]!)).ToList();
        var spans = Below(envelope).OrderBy(span => span.StartTimeUtc).Select(span => (span.DisplayName, span.Duration.TotalMilliseconds)).ToList();
        Assert.Equal(stages.Select(stage => stage.Item1).Where(name => name != "visible").Order(), spans.Select(span => span.DisplayName).Order());
        foreach (var name in (string[])["accepted", "confirmed", "settings", "waiting", "decided", "committed", "answered"]) // queued hangs on the wall clock
            Assert.All(Of(stages, name).Zip(Of(spans, name)), pair => Assert.Equal(pair.First, pair.Second, tolerance: 0.002));

        var visible = Assert.Single(Below(batch), span => span.DisplayName == "visible");
        Assert.Equal(batch.StartTimeUtc + batch.Duration, visible.StartTimeUtc); // from the commit on
        Assert.InRange(visible.StartTimeUtc + visible.Duration, visible.StartTimeUtc, TimeProvider.System.GetUtcNow().UtcDateTime);

        Activity? Envelope() => ended.Where(span => span.DisplayName == "envelope" && span.Links.Any(link => link.Context.TraceId == request.TraceId))
            .OrderBy(span => span.StartTimeUtc).ElementAtOrDefault(1); // the first published the hunt
        Activity? Batch(Activity sent) => ended.SingleOrDefault(span => span.DisplayName == "batch" && span.Links.Any(link => link.Context.SpanId == sent.SpanId));
        IEnumerable<Activity> Below(Activity root) => ended.Where(span => span.TraceId == root.TraceId && span != root);
        static IEnumerable<double> Of(IEnumerable<(string Name, double Ms)> all, string name) => all.Where(one => one.Name == name).Select(one => one.Ms);
    }

    [Fact]
    public async Task The_status_of_the_ingress_says_where_the_last_minute_went_and_is_for_operators()
    {
        await PlayAsync("traced-status");
        Assert.Equal(HttpStatusCode.Forbidden, (await engine.Ingress.GetAsync("/status", engine.Player("ada"))).StatusCode);
        var status = JsonNode.Parse(await (await engine.Ingress.GetAsync("/status", engine.Ingress.Token("op", Role.Operator))).Content.ReadAsStringAsync())!;
        var stages = status["stages"]!.AsObject();
        Assert.Equal(["accepted", "confirmed", "settings", "answered", "visible"], stages.Select(stage => stage.Key));
        Assert.All(stages, stage => Assert.True((int)stage.Value!["count"]! > 0 && (double)stage.Value["p50Ms"]! <= (double)stage.Value["maxMs"]!, stage.ToString()));
    }

    [Fact]
    public async Task The_processor_counts_each_of_its_stages()
    {
        await PlayAsync("traced-processor");
        await Eventually.TrueAsync(() => engine.Processor.Service<ServiceDefaults.Stages.StageTimes>().Summary().ContainsKey("told"));
        Assert.Equal(["queued", "waiting", "settings", "decided", "committed", "told"], engine.Processor.Service<ServiceDefaults.Stages.StageTimes>().Summary().Keys);
    }

    /// <summary>Somebody looks at the hunt, so that there is a view; then ada registers a team.</summary>
    private async Task<(string Ada, Guid Id)> PlayAsync(string hunt)
    {
        await engine.PublishAsync(Published.Definition(hunt));
        var (ada, id) = (engine.Player("ada"), Guid.CreateVersion7());
        await engine.SeeAsync($"/hunts/{hunt}", ada, 1);
        var answer = await engine.Ingress.PostAsync(
            $"/hunts/{hunt}/actions", WholeEngine.Action("RegisterTeam", id, ("team", "red"), ("name", "Red")), ada, ("Prefer", "wait=2"));
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        await engine.SeeAsync($"/hunts/{hunt}", ada, 2);
        return (ada, id);
    }

    private async Task<JsonNode> TraceAsync(Guid id, string path, string token)
    {
        var answer = await engine.Ingress.GetAsync(path, token);
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, body);
        var trace = JsonNode.Parse(body)!;
        Assert.Equal(id.ToString(), (string?)trace["actionId"]);
        return trace;
    }
}
