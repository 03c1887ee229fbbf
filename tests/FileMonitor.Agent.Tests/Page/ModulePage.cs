using System.Text.Json;
using Xunit;

namespace FileMonitor.Agent.Tests.Page;

/// <summary>One page for all questions to the page's modules. It is not a user's: only its scripts are wanted.</summary>
public sealed class ModulePage(Chromium chromium) : IAsyncLifetime
{
    private RunningAgent? _agent;
    private OpenPage? _open;

    public async ValueTask InitializeAsync()
    {
        if (chromium.IsInstalled)
        {
            _agent = await RunningAgent.StartAsync();
            _open = await chromium.OpenAsync(_agent);
        }
    }

    /// <summary>The value of an expression, in which <c>m</c> is the module, as JSON: what cannot be part of a string of .NET stays escaped.</summary>
    public async Task<string> EvaluateAsync(string module, string expression)
    {
        Assert.SkipUnless(chromium.IsInstalled, Chromium.WhatToInstall);
        return await _open!.Page.EvaluateAsync<string>($"import('/{module}.js').then(async m => JSON.stringify({expression}))");
    }

    /// <summary>A text of .NET as one of JavaScript.</summary>
    public static string Quote(string text) => JsonSerializer.Serialize(text);

    public async ValueTask DisposeAsync()
    {
        if (_open is not null)
        {
            await _open.DisposeAsync();
        }

        if (_agent is not null)
        {
            await _agent.DisposeAsync();
        }
    }
}
