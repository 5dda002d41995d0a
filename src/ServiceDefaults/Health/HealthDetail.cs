using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace TreasureHunt.ServiceDefaults.Health;

/// <summary>The answer of /health/ready for people and programs: { status, checks: { name: { status, description, … } } }.</summary>
public static class HealthDetail
{
    public static async Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("status", report.Status.ToString());
        json.WriteStartObject("checks");
        foreach (var (name, check) in report.Entries)
        {
            json.WriteStartObject(name);
            json.WriteString("status", check.Status.ToString());
            if ((check.Description ?? check.Exception?.Message) is { } description) json.WriteString("description", description);
            foreach (var (key, value) in check.Data)
            {
                json.WritePropertyName(key);
                if (value is long or int or double) json.WriteRawValue(FormattableString.Invariant($"{value}"));
                else json.WriteStringValue(value.ToString());
            }
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted);
    }
}
