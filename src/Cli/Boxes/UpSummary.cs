using TreasureHunt.Cli.Api;
using TreasureHunt.Cli.Frame;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.Cli.Boxes;

/// <summary>What to know once a box is up: where things listen and a request to try.</summary>
public static class UpSummary
{
    public static void Print(Box box)
    {
        Screen.Table(["process", "address", "pid"],
            box.Services.Select(service => new[] { service.Instance, service.Address.GetLeftPart(UriPartial.Authority), $"{service.Process.Pid}" }));
        var connections = Connections.Of(box);
        var name = Box.NameOption(box.Name);
        Screen.Line(
            $"""

            Try it:
              curl -H 'Authorization: Bearer {connections.Token("me", Tokens.AnyHunt, Role.Organiser)}' {connections.Ingress.GetLeftPart(UriPartial.Authority)}/hunts
            More tokens: ./hunt token --role player{name}    How it is: ./hunt doctor    Stop it: ./hunt down{name}
            Logs: {box.Logs}
            """);
    }
}
