using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using RabbitMQ.Client;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Processors.Storage;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.ServiceDefaults.Bus;

namespace TreasureHunt.Tests.Integration.Ingress;

/// <summary>One ingress and one processor on real servers; class fixture.</summary>
public sealed class WholeEngine : IAsyncLifetime
{
    private readonly Servers _servers = new();

    internal HuntOptions Options { get; private set; } = null!;
    internal IngressApp Ingress { get; private set; } = null!;
    internal ProcessorApp Processor { get; private set; } = null!;
    internal string Organiser { get; private set; } = "";
    internal string Service { get; private set; } = "";

    public async Task InitializeAsync()
    {
        await _servers.InitializeAsync();
        Options = _servers.Options("ingress-1", lanes: 2);
        await HuntStore.MigrateAsync(Options, default);
        Processor = await ProcessorApp.StartAsync(Options with { Instance = "processor-1" });
        Ingress = await IngressApp.StartAsync(Options);
        Ingress.Set(settings => settings with { RateBurst = 10_000, RatePerSecond = 10_000 });
        Organiser = Ingress.Token("org", Role.Organiser);
        Service = Ingress.Token("partner", Role.Service);
    }

    public async Task DisposeAsync()
    {
        await Ingress.DisposeAsync();
        await Processor.DisposeAsync();
        await _servers.DisposeAsync();
    }

    internal string Player(string name) => Ingress.Token(name, Role.Player);

    internal async Task PublishAsync(HuntDefinition definition)
    {
        var answer = await Ingress.SendAsync(HttpMethod.Put, $"/hunts/{definition.Hunt}", JsonSerializer.Serialize(definition, Wire.Default.HuntDefinition), Organiser);
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Sends an action of the type with the fields and waits for what became of it.</summary>
    internal async Task<JsonNode> ActAsync(string hunt, string token, string type, params (string Name, string Value)[] fields)
    {
        var answer = await Ingress.PostAsync($"/hunts/{hunt}/actions", Action(type, Guid.CreateVersion7(), fields), token, ("Prefer", "wait=10"));
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    }

    internal static string Action(string type, Guid id, params (string Name, string Value)[] fields)
    {
        var action = new JsonObject { ["type"] = type, ["actionId"] = id.ToString() };
        foreach (var (name, value) in fields) action[name] = value;
        return action.ToJsonString();
    }

    internal async Task<JsonNode> SeeAsync(string path, string token, long version)
    {
        var answer = await Ingress.GetAsync(path, token, ("If-Hunt-Version", version.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        Assert.True(long.Parse(answer.Headers.GetValues("Hunt-Version").Single(), System.Globalization.CultureInfo.InvariantCulture) >= version);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    }
}
