using System.Collections.Concurrent;
using System.Net;
using Npgsql;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.Tests.Integration.Prefetch;

namespace TreasureHunt.Tests.Integration.Settings;

/// <summary>ConfigService's connections to its store are cut while operators change settings: whoever asks is told to come again, not that the service is broken.</summary>
public sealed class TheSettingsStoreBreaksOff(Servers servers) : IClassFixture<Servers>
{
    [Fact]
    public async Task Everybody_gets_an_answer_to_act_on_and_it_goes_on_when_the_store_is_back()
    {
        var options = servers.Options("config-1") with { Approval = false };
        var store = new NpgsqlConnectionStringBuilder(options.Postgres);
        await using var proxy = new CutProxy(new Uri($"tcp://{store.Host}:{store.Port}"));
        (store.Host, store.Port) = ("127.0.0.1", proxy.Address.Port);
        await using var config = await ConfigServiceProcess.StartAsync(options with { Postgres = store.ConnectionString });
        var answers = new ConcurrentBag<(HttpStatusCode Status, string Text)>();
        using var ending = new CancellationTokenSource();
        var operators = Enumerable.Range(0, 8).Select(n => ChangeAsync(n)).ToArray();
        for (var cut = 0; cut < 4; cut++)
        {
            var taken = Taken(); // every cut comes while changes are taken
            await Soon.Async(() => Taken() > taken, () => $"a change is taken before cut {cut + 1}");
            proxy.Cut();
            await Task.Delay(200);
            proxy.Mend();
        }
        await ending.CancelAsync();
        await Task.WhenAll(operators);

        Assert.All(answers, answer => Assert.True(answer.Status is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable, $"{answer.Status}: {answer.Text}\n{config.Output}"));
        Assert.Contains(answers, answer => answer.Status == HttpStatusCode.ServiceUnavailable && answer.Text.Contains("store"));
        for (var tries = 0; ; tries++)
        {
            using var answer = await AskAsync(4_000);
            if (answer.StatusCode == HttpStatusCode.OK) break;
            Assert.True(tries < 100, $"No change is taken any more: {answer.StatusCode}\n{config.Output}");
            await Task.Delay(100);
        }

        int Taken() => answers.Count(answer => answer.Status == HttpStatusCode.OK);

        async Task ChangeAsync(int n)
        {
            for (var i = 0; !ending.IsCancellationRequested; i++)
            {
                using var answer = await AskAsync(1 + (n * 500) + (i % 500));
                answers.Add((answer.StatusCode, await answer.Content.ReadAsStringAsync()));
            }
        }

        Task<HttpResponseMessage> AskAsync(int cap) =>
            config.SendAsync(HttpMethod.Patch, "/settings", $$"""{"changes":{"lane.batchCap":{{cap}}},"why":"try {{cap}}"}""", null, Role.Operator);
    }
}
