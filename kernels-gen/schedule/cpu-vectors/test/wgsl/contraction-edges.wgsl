enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = (tokens + 63) / 64;
 if (group >= 2 * i_0) { return; }
 let i_1 = lane & 7;
 let i_2 = i32(u32(group) / 2u);
 let i_3 = group - i_2 * 2;
 let i_4 = i_3 * 32 + i_1;
 let i_5 = min(i_4, 33 - 1);
 let i_6 = i_3 * 32 + i_1 + 8;
 let i_7 = min(i_6, 33 - 1);
 let i_8 = i_3 * 32 + i_1 + 16;
 let i_9 = min(i_8, 33 - 1);
 let i_10 = i_3 * 32 + i_1 + 24;
 let i_11 = min(i_10, 33 - 1);
 let i_13 = i_2 - i32(u32(i_2) / u32(max(i_0, 1))) * i_0;
 var held: array<vec4f, 6>;
 let i_14 = 6 * i_5;
 let i_17 = 6 * i_7;
 let i_20 = 6 * i_9;
 let i_23 = 6 * i_11;
 for (var k0 = 0; k0 < 6 + (group >> 31); k0 += 1) {
  held[(k0) * 1 + 0] = vec4f(arg1[i_14 + k0], arg1[i_17 + k0], arg1[i_20 + k0], arg1[i_23 + k0]);
 }
 let i_26 = min(i_13 * 64 + 64, tokens);
 let f_31 = arg2[i_5];
 let f_33 = arg2[i_7];
 let f_35 = arg2[i_9];
 let f_37 = arg2[i_11];
 for (var row_first = i_13 * 64; row_first < i_26 + (group >> 31); row_first += 1) {
  let i_27 = min(row_first, tokens - 1);
  var acc_0 = vec4f();
  let f_30 = arg0[6 * i_27 + min(0 + lane, 5)];
  acc_0 = fma(vec4f(subgroupShuffle(f_30, 0)), held[0], acc_0);
  acc_0 = fma(vec4f(subgroupShuffle(f_30, 1)), held[1], acc_0);
  acc_0 = fma(vec4f(subgroupShuffle(f_30, 2)), held[2], acc_0);
  acc_0 = fma(vec4f(subgroupShuffle(f_30, 3)), held[3], acc_0);
  acc_0 = fma(vec4f(subgroupShuffle(f_30, 4)), held[4], acc_0);
  acc_0 = fma(vec4f(subgroupShuffle(f_30, 5)), held[5], acc_0);
  if (row_first < tokens) {
   if (i_4 < 33) {
    out[i_5 + 33 * i_27] = (acc_0.x * 0.5f) + f_31;
   }
   if (i_6 < 33) {
    out[i_7 + 33 * i_27] = (acc_0.y * 0.5f) + f_33;
   }
   if (i_8 < 33) {
    out[i_9 + 33 * i_27] = (acc_0.z * 0.5f) + f_35;
   }
   if (i_10 < 33) {
    out[i_11 + 33 * i_27] = (acc_0.w * 0.5f) + f_37;
   }
  }
 }
}
