using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Cli.Boxes;

/// <summary>What to know once a box is up: where things listen and a request to try.</summary>
public static class UpSummary
{
    public static void Print(Box box)
    {
        Screen.Table(["process", "address", "pid"],
            box.Services.Select(service => new[] { service.Instance, service.Address.AbsoluteUri, $"{service.Process.Pid}" }));
        Screen.Line();
        Screen.Line($"logs in {box.Logs}; stop with ./hunt down{Box.NameOption(box.Name)}");
    }
}
