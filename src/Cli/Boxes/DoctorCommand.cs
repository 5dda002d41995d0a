using System.CommandLine;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Cli.Boxes;

/// <summary>hunt doctor: what this machine has, what is missing, what runs.</summary>
public static class DoctorCommand
{
    public static Command Create()
    {
        var json = BoxOptions.Json();
        return new HuntCommand("doctor", "Shows what this machine has and lacks, and how every box is.", "./hunt doctor --json",
            (parsed, cancel) => RunAsync(parsed.GetValue(json), cancel)) { json };
    }

    private static async Task<ExitCode> RunAsync(bool json, CancellationToken cancel)
    {
        var machine = await MachineReport.MakeAsync(cancel);
        var boxes = new List<BoxReport>();
        foreach (var name in Box.Names())
            if (Box.TryLoad(name) is { } box) boxes.Add(await BoxReport.MakeAsync(box, cancel));

        if (json) Screen.Json(new { machine, boxes });
        else Print(machine, boxes);
        return boxes.All(box => box.IsWell) ? ExitCode.Ok : ExitCode.Failed;
    }

    private static void Print(MachineReport machine, List<BoxReport> boxes)
    {
        Screen.Table(["what", "state"], machine.Findings.Select(finding => new[] { finding.What, finding.State }));
        Screen.Line();
        if (boxes.Count == 0) Screen.Line("No box. Start one: ./hunt up");
        foreach (var box in boxes)
        {
            Screen.Line($"box '{box.Name}': {box.State}; servers: {box.Servers}; lanes: {box.Lanes}; data: {box.Data}");
            if (box.Processes.Count == 0) continue;
            Screen.Table(["process", "pid", "address", "state"],
                box.Processes.Select(process => new[] { process.Name, $"{process.Pid}", process.Address, process.State }));
            Screen.Line();
        }
    }
}
