@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= ((tokens + 7) / 8)) { return; }
 let i_1 = 8 * group + lane;
 let i_2 = min(i_1, tokens - 1);
 var acc = 0.0f;
 for (var k0 = 0; k0 < 300; k0 += 1) {
  acc += arg0[i_2 + tokens * k0];
 }
 if (i_1 < tokens) {
  out[i_2] = acc;
 }
}
