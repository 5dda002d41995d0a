using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using TreasureHunt.ServiceDefaults.Problems;

namespace TreasureHunt.ServiceDefaults.OpenApi;

/// <summary>A service's OpenAPI document at /openapi/v1.json; a copy is checked in under docs/api and compared by a test.</summary>
public static class ApiDocuments
{
    private const string Bearer = "bearer";

    /// <param name="describe">transformers of the service's own, run after the common ones</param>
    /// <param name="json">what the service's documents are described by</param>
    public static void AddApiDocument(this IServiceCollection services, string title, string description, Action<OpenApiOptions> describe, params IJsonTypeInfoResolver[] json)
    {
        services.ConfigureHttpJsonOptions(options => // read by the document only: our answers name their own
        {
            options.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            for (var i = 0; i < json.Length; i++) options.SerializerOptions.TypeInfoResolverChain.Insert(i, json[i]);
        });
        services.AddOpenApi("v1", api =>
        {
            api.AddSchemaTransformer((schema, _, _) =>
            {
                if (schema.Type is { } type && type != JsonSchemaType.Null) schema.Type = type & ~JsonSchemaType.Null; // what is absent is left out
                return Task.CompletedTask;
            });
            api.AddDocumentTransformer((document, _, _) =>
            {
                document.Info = new OpenApiInfo { Title = title, Version = "1", Description = description };
                document.Servers = [];
                document.Components!.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
                {
                    [Bearer] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT" },
                };
                document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, document)] = [] }];
                return Task.CompletedTask;
            });
            describe(api);
        });
    }

    public static void MapApiDocument(this IEndpointRouteBuilder app) => app.MapOpenApi("/openapi/{documentName}.json").AllowAnonymous();

    public static RouteHandlerBuilder ProducesProblems(this RouteHandlerBuilder route, params int[] statuses)
    {
        foreach (var status in statuses) route.Produces<Problem>(status, Problem.ContentType);
        return route;
    }
}
